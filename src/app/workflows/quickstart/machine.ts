// What the numbers of a report were made on.
import { arch, availableParallelism, cpus, type as systemType, totalmem } from 'node:os';

export type Machine = {
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly system: string;
  readonly node: string;
};

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.replace(/\s+/g, ' ').trim() || 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${systemType()} ${arch()}`,
    node: process.versions.node,
  };
}
