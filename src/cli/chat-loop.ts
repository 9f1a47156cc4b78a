// The loop of `hone chat`: a line from the person, an answer from the model, and what /commands and Ctrl-C do.
import type { ChatEvent, Conversation } from '../app/index.ts';
import { InputError } from '../core/index.ts';
import { LineInput } from './line-input.ts';
import { paint, type Terminal } from './terminal.ts';

/** Talks until the person leaves or the input ends. */
export async function talk(conversation: Conversation, terminal: Terminal, model: string): Promise<void> {
  const interruption = new Interruption((text) => note(terminal, text));
  using input = new LineInput(() => {
    if (interruption.press()) input.end();
  });
  if (input.isTerminal)
    note(terminal, `Talking to ${model}. /reset, /system TEXT, /exit; Ctrl-C stops an answer.`);
  for (let line = await input.next(); line !== undefined; line = await input.next()) {
    interruption.calm();
    const text = line.trim();
    if (text === '') continue;
    if (text === '/exit' || text === '/quit') break;
    if (text.startsWith('/')) obey(text, conversation, terminal);
    else await answer(conversation.ask(text, interruption.begin()), terminal);
    interruption.finish();
  }
  if (input.isTerminal) terminal.out.write('\n');
}

function obey(text: string, conversation: Conversation, terminal: Terminal): void {
  const [command, ...words] = text.split(/\s+/);
  if (command === '/reset') {
    conversation.reset();
    note(terminal, 'The conversation begins anew.');
  } else if (command === '/system') {
    const system = words.join(' ');
    conversation.setSystem(system === '' ? undefined : system);
    note(
      terminal,
      `The conversation begins anew, ${system === '' ? 'without a' : 'with this'} system message.`,
    );
  } else {
    note(terminal, `'${command}' is not known: /reset, /system TEXT, /exit`);
  }
}

async function answer(events: AsyncIterable<ChatEvent>, terminal: Terminal): Promise<void> {
  let lineOpen = false;
  const close = () => {
    if (lineOpen) terminal.out.write('\n');
    lineOpen = false;
  };
  try {
    for await (const event of events) {
      if (event.type === 'piece') {
        terminal.out.write(event.text);
        lineOpen ||= event.text !== '';
        continue;
      }
      close();
      note(terminal, describe(event));
    }
  } catch (error) {
    // A message that cannot be taken ends neither the conversation nor the program
    if (!(error instanceof InputError)) throw error;
    close();
    note(terminal, error.message);
  } finally {
    close();
  }
}

function describe(event: Exclude<ChatEvent, { type: 'piece' }>): string {
  if (event.type === 'dropped')
    return `(the ${event.messages} oldest messages no longer fit and are forgotten)`;
  return event.reason === 'length'
    ? '(cut at --max-tokens)'
    : "(cut: the model's longest sequence is full; /reset begins anew)";
}

function note(terminal: Terminal, text: string): void {
  terminal.err.write(`${paint(terminal.err, 'dim', text)}\n`);
}

/** Ctrl-C: stops the answer that is being written; pressed again, or twice where there is none, it leaves. */
class Interruption {
  readonly #tell: (text: string) => void;
  #answer: AbortController | undefined;
  #pressed = false;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** An answer begins; what it returns stops it. */
  begin(): AbortSignal {
    this.#answer = new AbortController();
    return this.#answer.signal;
  }

  finish(): void {
    this.#answer = undefined;
  }

  /** The person goes on talking. */
  calm(): void {
    this.#pressed = false;
  }

  /** @returns whether to leave */
  press(): boolean {
    const leave = this.#pressed;
    this.#pressed = true;
    this.#answer?.abort();
    if (!leave && this.#answer === undefined) this.#tell('\n(Ctrl-C again, or /exit, leaves)');
    return leave;
  }
}
