// The stages of a model as a whole.
import type { Machine } from './machine.ts';

const modelStages = ['development', 'staging', 'production', 'archived'] as const;
/** Where a model as a whole stands. */
export type ModelStage = (typeof modelStages)[number];
/** What moves a model as a whole. */
export type ModelCommand = 'stage' | 'promoteToProduction' | 'demote' | 'archive' | 'reopen';

/** `promoteToProduction` in production puts another version in the place of the current one. */
export const modelMachine: Machine<ModelStage, ModelCommand> = {
  states: modelStages,
  initial: 'development',
  transitions: {
    stage: { from: ['development'], to: 'staging', words: 'stage it' },
    promoteToProduction: {
      from: ['development', 'staging', 'production'],
      to: 'production',
      words: 'promote it to production',
    },
    demote: { from: ['production'], to: 'staging', words: 'demote it' },
    archive: {
      from: ['development', 'staging', 'production'],
      to: 'archived',
      words: 'archive it',
      isExit: true,
    },
    reopen: { from: ['archived'], to: 'development', words: 'reopen it' },
  },
};
