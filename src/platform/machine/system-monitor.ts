// Watches the machine while a run goes on, beside it and without a word to it.
import { InputError } from '../../core/index.ts';
import { type Sample, SystemSampler } from './system-sampler.ts';

/** How often the machine is sampled, and who is told. */
export type SystemMonitorOptions = {
  /** Seconds between samples; MLflow takes 10. */
  readonly intervalSeconds: number;
  /** Samples of which each told one is the mean; default 1. */
  readonly samplesBeforeLogging?: number;
  /** A directory on the disk to be measured; default: the root, as MLflow. */
  readonly directory?: string;
  /** Told the means by name (`system/cpu_utilization_percentage`). What it throws, or rejects with, is dropped; nothing waits for it. */
  readonly onSample: (metrics: ReadonlyMap<string, number>, timestampMs: number) => unknown;
};

const longestTimerMs = 2 ** 31 - 1;

/**
 * Samples the machine in MLflow's names and units: processors (the container's, where it has a limit), memory, disk,
 * network since the start, NVIDIA accelerators, and this process's own `system/process_memory_megabytes` and
 * `system/process_cpu_percentage` (100: one core). Megabytes are 10^6 bytes. Metrics that the system does not tell are absent.
 *
 * A monitor does not keep the process alive, and nothing that goes wrong in it reaches the run.
 */
export class SystemMonitor {
  readonly #options: SystemMonitorOptions;
  readonly #intervalMs: number;
  readonly #samplesBeforeLogging: number;
  #sampler: SystemSampler | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sampling: Promise<void> | undefined;
  #samples: Sample[] = [];

  /** @throws InputError for an interval that is no time, or a number of samples that is none */
  constructor(options: SystemMonitorOptions) {
    const { intervalSeconds, samplesBeforeLogging = 1 } = options;
    this.#options = options;
    this.#intervalMs = intervalSeconds * 1000;
    this.#samplesBeforeLogging = samplesBeforeLogging;
    if (!(this.#intervalMs > 0 && this.#intervalMs <= longestTimerMs)) {
      throw new InputError(
        `Cannot sample the machine every ${intervalSeconds} seconds; give a number above 0 and up to 24 days`,
      );
    }
    if (!Number.isSafeInteger(samplesBeforeLogging) || samplesBeforeLogging < 1) {
      throw new InputError(
        `Cannot take the mean of ${samplesBeforeLogging} samples; give a whole number from 1`,
      );
    }
  }

  /** Begins; the first sample comes after one interval. Does nothing when begun already. */
  start(): void {
    if (this.#timer !== undefined) return;
    const { directory } = this.#options;
    this.#sampler = new SystemSampler(directory === undefined ? {} : { directory });
    this.#timer = setInterval(() => this.#tick(), this.#intervalMs).unref();
  }

  /** Ends with a last sample, so that a short run has one too. No sample comes after it. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sampler?.close();
    await this.#sampling;
    await this.#take();
    if (this.#samples.length > 0) this.#tell();
  }

  /** A sample that takes longer than the interval takes the place of the next ones. */
  #tick(): void {
    this.#sampling ??= this.#take().finally(() => {
      this.#sampling = undefined;
    });
  }

  async #take(): Promise<void> {
    try {
      const sample = await this.#sampler?.sample();
      if (sample !== undefined) this.#samples.push(sample);
    } catch {
      // A system that tells nothing is not the run's trouble
    }
    if (this.#samples.length >= this.#samplesBeforeLogging) this.#tell();
  }

  #tell(): void {
    const metrics = averaged(this.#samples);
    this.#samples = [];
    try {
      const told = this.#options.onSample(metrics, Date.now());
      Promise.resolve(told).catch(() => undefined);
    } catch {
      // Neither is a listener that fails
    }
  }
}

/** Means over the samples that have the metric, to one digit as MLflow's; of traffic, which only grows, the last. */
export function averaged(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const values = new Map<string, number[]>();
  for (const sample of samples) {
    for (const [name, value] of Object.entries(sample))
      values.set(name, [...(values.get(name) ?? []), value]);
  }
  return new Map(
    [...values].map(([name, all]) => {
      if (name.startsWith('network_')) return [`system/${name}`, all.at(-1) ?? 0];
      const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
      return [`system/${name}`, Math.round(mean * 10) / 10];
    }),
  );
}
