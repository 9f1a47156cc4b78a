// Records a run while it goes on, and lets nothing of that touch it.
import { InterruptedError } from '../../../../core/index.ts';
import { type Delivery, SpoolSender } from '../../../../tracking/index.ts';
import type { RunEvent, RunSummary, TrainConfig } from '../../../../training/index.ts';
import { openDestination } from '../../../run-destination.ts';
import { RunRecord } from './run-record.ts';
import { placeSettings, type RecordPlace, recordSettings } from './settings.ts';

/** What became of a run's record. */
export type RecordedTraining = Delivery & {
  /** Where it lies on disk, delivered or not. */
  readonly directory: string;
  /** Entries that the disk did not take. */
  readonly lost: number;
};

export type ObserveOptions = {
  readonly resume: boolean;
  readonly source: string;
  /** Where else than the configuration says. */
  readonly place?: RecordPlace | undefined;
  /** Hears why the record does not get to its place for now. */
  readonly onMessage: (text: string) => void;
};

/** Watches a run. */
export interface RunObserver {
  /** Takes an event in. Never throws, never waits. */
  readonly onEvent: (event: RunEvent) => void;
  /** Writes how the run ended and waits a few seconds for the tracker. Never throws. Undefined for a run that never began. */
  end(
    outcome: RunSummary | { readonly error: unknown },
    signal?: AbortSignal,
  ): Promise<RecordedTraining | undefined>;
}

/** Milliseconds that the end of a training waits: for what is found out beside it, and for the tracker. */
const patience = 5000;

/**
 * Begins to watch a run; undefined where it is not to be recorded.
 * @throws InputError for a place to record that is none
 */
export function observeRun(config: TrainConfig, options: ObserveOptions): RunObserver | undefined {
  const { place } = options;
  const settings = place === undefined ? recordSettings(config) : placeSettings(config, place);
  return settings && new Observer(new RunRecord(config, { ...options, settings }), options);
}

class Observer implements RunObserver {
  readonly #record: RunRecord;
  readonly #options: ObserveOptions;
  #sender: SpoolSender | undefined;
  #earlier: readonly SpoolSender[] = [];

  constructor(record: RunRecord, options: ObserveOptions) {
    this.#record = record;
    this.#options = options;
  }

  readonly onEvent = (event: RunEvent): void => {
    try {
      this.#record.observe(event);
      if (event.type === 'start') this.#startSending();
    } catch {
      // What cannot be recorded is missing from the record; the training goes on
    }
  };

  async end(
    outcome: RunSummary | { readonly error: unknown },
    signal?: AbortSignal,
  ): Promise<RecordedTraining | undefined> {
    try {
      await this.#record.end('error' in outcome ? failure(outcome.error) : { summary: outcome }, patience);
    } catch {
      // As above
    }
    try {
      return await this.#deliver(signal);
    } catch {
      return undefined;
    }
  }

  #startSending(): void {
    const { spool, others } = this.#record;
    if (spool === undefined) return;
    const send = (directory: string) => {
      const onTrouble = (reason: string) => this.#trouble(reason, directory);
      const open = this.#options.place?.open ?? openDestination;
      return new SpoolSender(directory, { open, onTrouble });
    };
    this.#sender = send(spool.directory);
    this.#earlier = others.map(send).filter((sender) => !sender.isComplete);
    for (const sender of [this.#sender, ...this.#earlier]) sender.start();
  }

  #trouble(reason: string, directory: string): void {
    this.#options.onMessage(
      `The run goes on, but its record waits on disk, in ${directory}: ${reason}. It is sent as soon as that is possible`,
    );
  }

  async #deliver(signal: AbortSignal | undefined): Promise<RecordedTraining | undefined> {
    const { spool } = this.#record;
    if (spool === undefined || this.#sender === undefined) return undefined;
    // A second Ctrl-C ends the process; the first one, which stopped the training, must not end this
    const options = { patience, ...(signal?.aborted === false && { signal }) };
    const [delivery] = await Promise.all([
      this.#sender.finish(options),
      ...this.#earlier.map((one) => one.finish(options)),
    ]);
    spool.close();
    return { ...delivery, directory: spool.directory, lost: spool.lost };
  }
}

function failure(error: unknown): { readonly status: 'FAILED' | 'KILLED'; readonly reason: string } {
  const reason = error instanceof Error ? error.message : String(error);
  return { status: error instanceof InterruptedError ? 'KILLED' : 'FAILED', reason };
}
