// Samples of the machine in MLflow's names and units (mlflow/system_metrics), and of this process; what cannot be had is absent.
import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { type ContainerLimits, readContainerLimits } from './container-limits.ts';
import { type CpuTime, cpuUtilization, readCpuTime } from './cpu.ts';
import { readMemory } from './memory.ts';
import { type NetworkTraffic, readNetwork } from './network.ts';
import { gpuMetrics, queryGpus } from './nvidia.ts';

/** Metrics by name, without the `system/` before them. */
export type Sample = Readonly<Record<string, number>>;

/** What is sampled, and where it is read. */
export type SamplerOptions = {
  /** A directory on the disk to be measured; default: the root, as MLflow. */
  readonly directory?: string;
  /** Where `/proc` and `/sys` are mounted. */
  readonly root?: string;
};

type Clocks = { readonly cpu: CpuTime | undefined; readonly process: NodeJS.CpuUsage; readonly at: number };

/** `nvidia-smi` costs a process each time; a machine that has none, or whose driver hangs, is not asked for ever. */
const gpuPauseMs = 10_000;
const gpuTries = 3;
/** A disk that is a network away may never answer. */
const diskPatienceMs = 1000;

/** Takes samples; rates are those since the sample before, traffic that since the sampler was made. */
export class SystemSampler {
  readonly #root: string;
  readonly #directory: string;
  readonly #limits: ContainerLimits;
  readonly #traffic: NetworkTraffic | undefined;
  readonly #closing = new AbortController();
  #clocks: Clocks;
  #gpusAfter = Number.NEGATIVE_INFINITY;
  #gpuTriesLeft = gpuTries;
  #diskAnswers = true;

  constructor({ root = '/', directory = '/' }: SamplerOptions = {}) {
    this.#root = root;
    this.#directory = directory;
    this.#limits = readContainerLimits(root);
    this.#traffic = readNetwork(root);
    this.#clocks = this.#readClocks();
  }

  async sample(): Promise<Sample> {
    const [disk, gpus] = await Promise.all([this.#disk(), this.#gpus()]);
    return { ...this.#processors(), ...this.#memory(), ...disk, ...this.#network(), ...gpus };
  }

  /** Ends what a sample may be waiting for. */
  close(): void {
    this.#closing.abort();
  }

  #readClocks(): Clocks {
    const cpu = readCpuTime(this.#root, this.#limits.cpu);
    return { cpu, process: process.cpuUsage(), at: performance.now() };
  }

  #processors(): Sample {
    const before = this.#clocks;
    const now = this.#readClocks();
    this.#clocks = now;
    const utilization = cpuUtilization(before.cpu, now.cpu);
    const microseconds = now.process.user + now.process.system - before.process.user - before.process.system;
    const own = microseconds / 10 / (now.at - before.at);
    return {
      ...(utilization !== undefined && { cpu_utilization_percentage: utilization }),
      ...(Number.isFinite(own) && { process_cpu_percentage: own }),
    };
  }

  #memory(): Sample {
    const { used, total } = readMemory(this.#root, this.#limits.memory);
    return {
      system_memory_usage_megabytes: used / 1e6,
      system_memory_usage_percentage: (100 * used) / total,
      process_memory_megabytes: process.memoryUsage.rss() / 1e6,
    };
  }

  #network(): Sample {
    const now = readNetwork(this.#root);
    if (now === undefined || this.#traffic === undefined) return {};
    return {
      network_receive_megabytes: (now.received - this.#traffic.received) / 1e6,
      network_transmit_megabytes: (now.sent - this.#traffic.sent) / 1e6,
    };
  }

  async #gpus(): Promise<Sample> {
    const isDue = this.#gpuTriesLeft > 0 && performance.now() >= this.#gpusAfter;
    if (!isDue || this.#closing.signal.aborted) return {};
    this.#gpusAfter = performance.now() + gpuPauseMs;
    const gpus = await queryGpus(this.#closing.signal);
    this.#gpuTriesLeft = gpus.length > 0 ? gpuTries : this.#gpuTriesLeft - 1;
    return gpuMetrics(gpus);
  }

  async #disk(): Promise<Sample> {
    if (!this.#diskAnswers) return {};
    const disk = await within(
      diskPatienceMs,
      statfs(this.#directory).catch(() => undefined),
    );
    this.#diskAnswers = disk !== undefined;
    return disk === undefined ? {} : diskMetrics(disk);
  }
}

/** As psutil: the share is of what the user could fill, without the blocks that are kept for root. */
function diskMetrics({ blocks, bfree, bavail, bsize }: StatsFs): Sample {
  const used = (blocks - bfree) * bsize;
  const available = bavail * bsize;
  return {
    ...(used + available > 0 && { disk_usage_percentage: (100 * used) / (used + available) }),
    disk_usage_megabytes: used / 1e6,
    disk_available_megabytes: available / 1e6,
  };
}

/** What a promise comes to, if it does so in time. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
