// State machines: what is allowed, and what a refusal says.
import { expect, test } from 'vitest';
import { experimentMachine } from './experiment.ts';
import { allowedCommands, nextState } from './machine.ts';
import { modelMachine } from './model.ts';
import { type VersionCommand, type VersionStatus, versionMachine } from './version.ts';

const version = (state: VersionStatus, command: VersionCommand) =>
  nextState(versionMachine, { state, command, subject: "version 1.2.0 of 'support'" });

test('nextState() leads a version from CREATED to DEPLOYED and back', () => {
  const commands: readonly VersionCommand[] = [
    'startTraining',
    'completeTraining',
    'startValidation',
    'completeValidation',
    'deploy',
    'deploy',
    'undeploy',
    'archive',
  ];
  let state: VersionStatus = versionMachine.initial;
  const states = commands.map((command) => {
    state = version(state, command);
    return state;
  });
  expect(states).toEqual([
    'TRAINING',
    'TRAINED',
    'VALIDATING',
    'VALIDATED',
    'DEPLOYED',
    'DEPLOYED',
    'VALIDATED',
    'ARCHIVED',
  ]);
});

test('nextState() says what is allowed and what to do first', () => {
  expect(() => version('TRAINED', 'deploy')).toThrow(
    "Cannot deploy version 1.2.0 of 'support': it is TRAINED; validate it first (allowed from TRAINED: startValidation, archive, fail)",
  );
  expect(() => version('CREATED', 'deploy')).toThrow(
    'it is CREATED; train it first (allowed from CREATED: startTraining,',
  );
  expect(() => version('VALIDATING', 'deploy')).toThrow('; complete the validation of it first');
  expect(() => version('ARCHIVED', 'archive')).toThrow(
    "Cannot archive version 1.2.0 of 'support': it is ARCHIVED (allowed from ARCHIVED: fail)",
  );
  const model = { state: 'archived', command: 'promoteToProduction', subject: "model 'support'" } as const;
  expect(() => nextState(modelMachine, model)).toThrow(
    "Cannot promote model 'support' to production: it is archived; reopen it first (allowed from archived: reopen)",
  );
  const experiment = { state: 'COMPLETED', command: 'cancel', subject: "experiment 'sft'" } as const;
  expect(() => nextState(experimentMachine, experiment)).toThrow(
    "Cannot cancel experiment 'sft': it is COMPLETED (allowed from COMPLETED: fail)",
  );
});

test.each([versionMachine, modelMachine, experimentMachine].map((machine) => ({ machine })))(
  'every state of a machine is reached from its first one',
  ({ machine }) => {
    const reached = new Set<string>([machine.initial]);
    for (const state of reached)
      for (const { from, to } of Object.values(machine.transitions))
        if ((from as readonly string[]).includes(state)) reached.add(to);
    expect([...reached].sort()).toEqual([...machine.states].sort());
  },
);

test('allowedCommands() is empty nowhere a version can be', () => {
  for (const state of versionMachine.states) expect(allowedCommands(versionMachine, state)).toContain('fail');
});
