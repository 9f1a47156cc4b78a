// Answers requests by the models of the catalogue: finds the model, has it loaded, writes, gives it back.
import type { ModelPool, TextEvent, TextRequest } from '../serving/index.ts';
import type { ModelCatalogue, ServableModel, Visibility } from './models/index.ts';

/** What is asked, apart from the model. */
export type ServiceRequest = Omit<TextRequest, 'adapter'>;

/** An answer on its way. */
export type ServedText = {
  readonly model: ServableModel;
  /** Must be read to its end or left: the model stays loaded until then. */
  readonly events: AsyncGenerator<TextEvent, void, undefined>;
};

/** Writes text with any model of the catalogue. */
export interface TextService {
  /**
   * Begins an answer; resolves once its first event is known, so that whatever is wrong with the request is told by an error.
   * @throws NotFoundError for a model that is not there or another owner's; InputError for what the model cannot take;
   * BusyError where there is no room now
   */
  generate(id: string, request: ServiceRequest, visibility: Visibility): Promise<ServedText>;
}

/** The service over a catalogue and a pool, which is made for the first request. */
export function openTextService(catalogue: ModelCatalogue, pool: () => Promise<ModelPool>): TextService {
  return {
    async generate(id, request, visibility) {
      const { base, adapter, ...model } = await catalogue.open(id, visibility);
      const [{ streamText }, models] = await Promise.all([import('../serving/index.ts'), pool()]);
      const choice = adapter === undefined ? { base } : { base, adapter: { name: id, directory: adapter } };
      const lease = await models.acquire(choice, request.signal);
      const asked: TextRequest = { ...request, ...(lease.adapter && { adapter: lease.adapter }) };
      const events = releasing(streamText(lease.model, asked), lease.release);
      return { model, events: await begun(events) };
    },
  };
}

async function* releasing<T>(
  events: AsyncGenerator<T, void, undefined>,
  release: () => void,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* events;
  } finally {
    release();
  }
}

/** The same events, the first of them already there. Left before it is read, it is left all the same: its writing has begun. */
async function begun<T>(
  events: AsyncGenerator<T, void, undefined>,
): Promise<AsyncGenerator<T, void, undefined>> {
  let first: IteratorResult<T, void> | undefined = await events.next();
  const replayed: AsyncGenerator<T, void, undefined> = {
    next: async () => {
      const known = first;
      first = undefined;
      return known ?? (await events.next());
    },
    return: (value) => events.return(value),
    throw: (error) => events.throw(error),
    [Symbol.asyncIterator]: () => replayed,
    async [Symbol.asyncDispose]() {
      await events.return();
    },
  };
  return replayed;
}
