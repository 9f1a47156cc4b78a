// Ctrl-C in two stages: the first asks the work to end where it can be resumed, the second ends it at once.
import { exitStatus } from './exit-status.ts';

/** Signals that come closer together than this are one: a terminal sends Ctrl-C to us and to whoever hands it on. */
const samePress = 300;

export type InterruptOptions = {
  /** Told once, at the first signal. */
  readonly onFirst: () => void;
  /** Ends the process at once. */
  readonly exit: () => void;
};

/** A signal that aborts on SIGINT, SIGTERM or SIGHUP, until `release` is called. */
export function interruptSignal({ onFirst, exit }: InterruptOptions): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  let last = Number.NEGATIVE_INFINITY;
  const onSignal = () => {
    const now = performance.now();
    const again = now - last >= samePress;
    last = now;
    if (!again) return;
    if (controller.signal.aborted) exit();
    else {
      onFirst();
      controller.abort();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const release = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  return { signal: controller.signal, release };
}

/** For work that leaves nothing to be resumed: the first signal ends it, the second ends the process. */
export function stopAtInterrupt(): ReturnType<typeof interruptSignal> {
  return interruptSignal({ onFirst: () => undefined, exit: () => process.exit(exitStatus.interrupted) });
}
