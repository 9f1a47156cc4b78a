// Answers requests by the models of the catalogue: finds the model, has it loaded, writes, gives it back.
import type { ServingHost, TextEvent, TextRequest } from '../serving/index.ts';
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

/** The service over a catalogue and the models' host, which is made for the first request. */
export function openTextService(catalogue: ModelCatalogue, host: () => Promise<ServingHost>): TextService {
  return {
    async generate(id, { signal, ...request }, visibility) {
      const { base, adapter, ...model } = await catalogue.open(id, visibility);
      const choice = adapter === undefined ? { base } : { base, adapter: { name: id, directory: adapter } };
      return { model, events: await (await host()).generate(choice, request, signal) };
    },
  };
}
