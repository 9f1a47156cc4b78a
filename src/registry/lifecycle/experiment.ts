// The life of an experiment that is carried out as one piece of work.
import type { Machine } from './machine.ts';

const experimentStatuses = ['CREATED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
/** Where an experiment stands. */
export type ExperimentStatus = (typeof experimentStatuses)[number];
/** What moves an experiment. */
export type ExperimentCommand = 'start' | 'complete' | 'fail' | 'cancel';

/** An experiment begins CREATED and ends COMPLETED, FAILED or CANCELLED. */
export const experimentMachine: Machine<ExperimentStatus, ExperimentCommand> = {
  states: experimentStatuses,
  initial: 'CREATED',
  transitions: {
    start: { from: ['CREATED'], to: 'RUNNING', words: 'start it' },
    complete: { from: ['RUNNING'], to: 'COMPLETED', words: 'complete it' },
    fail: { from: experimentStatuses, to: 'FAILED', words: 'fail it', isExit: true },
    cancel: { from: ['CREATED', 'RUNNING'], to: 'CANCELLED', words: 'cancel it', isExit: true },
  },
};
