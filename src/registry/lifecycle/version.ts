// The life of a model version, from its first training to its archive.
import { InputError } from '../../core/index.ts';
import type { Machine } from './machine.ts';

const versionStatuses = [
  'CREATED',
  'TRAINING',
  'TRAINED',
  'VALIDATING',
  'VALIDATED',
  'DEPLOYED',
  'ARCHIVED',
  'FAILED',
] as const;
/** Where a version stands in its life. */
export type VersionStatus = (typeof versionStatuses)[number];

/** What moves a version through its life. */
export type VersionCommand =
  | 'startTraining'
  | 'completeTraining'
  | 'startValidation'
  | 'completeValidation'
  | 'deploy'
  | 'undeploy'
  | 'archive'
  | 'fail';

/** A version begins CREATED, or TRAINED where it was registered with its files. `undeploy` takes the last deployment away. */
export const versionMachine: Machine<VersionStatus, VersionCommand> = {
  states: versionStatuses,
  initial: 'CREATED',
  transitions: {
    startTraining: { from: ['CREATED'], to: 'TRAINING', words: 'train it' },
    completeTraining: { from: ['TRAINING'], to: 'TRAINED', words: 'complete the training of it' },
    startValidation: { from: ['TRAINED'], to: 'VALIDATING', words: 'validate it' },
    completeValidation: { from: ['VALIDATING'], to: 'VALIDATED', words: 'complete the validation of it' },
    deploy: { from: ['VALIDATED', 'DEPLOYED'], to: 'DEPLOYED', words: 'deploy it' },
    undeploy: { from: ['DEPLOYED'], to: 'VALIDATED', words: 'undeploy it' },
    archive: {
      from: versionStatuses.filter((status) => status !== 'ARCHIVED'),
      to: 'ARCHIVED',
      words: 'archive it',
      isExit: true,
    },
    fail: { from: versionStatuses, to: 'FAILED', words: 'fail it', isExit: true },
  },
};

/** @throws InputError for anything but three whole numbers without leading zeros: 1.2.0 */
export function checkSemanticVersion(text: string): void {
  if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(text) || text.length > 50)
    throw new InputError(`Cannot use '${text}' as a semantic version; give three whole numbers: 1.2.0`);
}
