// State machines as tables: which command leads from which states to which, and what to say where none does.
import { StateError } from '../../core/index.ts';

/** What a command does. */
export type Transition<State extends string> = {
  readonly from: readonly State[];
  readonly to: State;
  /** As a person would say it, with "it": "validate it". */
  readonly words: string;
  /** Leads out of the ordinary way (archive, fail): never proposed as a step towards another command. */
  readonly isExit?: boolean;
};

/** A state machine. */
export type Machine<State extends string, Command extends string> = {
  readonly states: readonly State[];
  readonly initial: State;
  readonly transitions: Readonly<Record<Command, Transition<State>>>;
};

/** The commands that a state permits, in the order of the table. */
export function allowedCommands<State extends string, Command extends string>(
  machine: Machine<State, Command>,
  state: State,
): readonly Command[] {
  return commandsOf(machine).filter((command) => machine.transitions[command].from.includes(state));
}

/**
 * The state that a command leads to.
 * @param step `subject` names the thing in messages: "version 1.2.0 of 'support'"
 * @throws StateError where the state does not permit the command, saying what it permits and what to do first
 */
export function nextState<State extends string, Command extends string>(
  machine: Machine<State, Command>,
  step: { readonly state: State; readonly command: Command; readonly subject: string },
): State {
  const { state, command, subject } = step;
  const { from, to, words } = machine.transitions[command];
  if (from.includes(state)) return to;
  const first = firstStep(machine, state, from);
  const allowed = allowedCommands(machine, state).join(', ');
  const advice = first === undefined ? '' : `; ${machine.transitions[first].words} first`;
  throw new StateError(
    `Cannot ${words.replace(/\b(it|its)\b/, subject)}: it is ${state}${advice} (allowed from ${state}: ${allowed === '' ? 'nothing' : allowed})`,
  );
}

/** The state of a text that was kept. @throws StateError for one that the machine does not know */
export function stateOf<State extends string, Command extends string>(
  machine: Machine<State, Command>,
  text: string,
): State {
  const state = machine.states.find((known) => known === text);
  if (state === undefined)
    throw new StateError(`Cannot read the state '${text}': it is none of ${machine.states.join(', ')}`);
  return state;
}

/** The first command on the shortest way from a state to one of the wanted ones; undefined where none leads there. */
function firstStep<State extends string, Command extends string>(
  machine: Machine<State, Command>,
  start: State,
  wanted: readonly State[],
): Command | undefined {
  const ways: { readonly state: State; readonly first: Command | undefined }[] = [
    { state: start, first: undefined },
  ];
  const seen = new Set<State>([start]);
  for (const { state, first } of ways) {
    for (const command of allowedCommands(machine, state)) {
      const { to, isExit } = machine.transitions[command];
      if (isExit || seen.has(to)) continue;
      if (wanted.includes(to)) return first ?? command;
      seen.add(to);
      ways.push({ state: to, first: first ?? command });
    }
  }
  return undefined;
}

function commandsOf<State extends string, Command extends string>(
  machine: Machine<State, Command>,
): readonly Command[] {
  // Object.keys forgets the key type; the table's own type states it.
  return Object.keys(machine.transitions) as Command[];
}
