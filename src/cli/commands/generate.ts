// `hone generate`: answers one prompt, streamed, or a file of them.
import type { Command } from 'commander';
import { Option } from 'commander';
import type { GeneratedText, Prompt, TextModel } from '../../app/index.ts';
import { InputError } from '../../core/index.ts';
import { exitStatus } from '../exit-status.ts';
import {
  addSamplingOptions,
  collect,
  type SamplingOptions,
  samplingHelp,
  samplingRequest,
} from '../generation-options.ts';
import { interruptSignal } from '../interrupt.ts';
import type { Output, Terminal } from '../terminal.ts';

type GenerateOptions = SamplingOptions & {
  readonly adapter?: string;
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly system?: string;
  readonly chat?: true;
  readonly raw?: true;
  readonly json?: true;
};

export function define(command: Command, terminal: Terminal): void {
  command
    .description('Answers one prompt, or a file of them, on standard output.')
    .argument(
      '<model>',
      "directory of a model, or of an adapter, which leads to its base (a run's model is in its final/)",
    )
    .option('--adapter <dir>', 'LoRA adapter to put over the model')
    .option('--prompt <text>', 'the prompt; may be given several times', collect)
    .option('--prompts <file>', 'a prompt a line; in .jsonl files `prompt` or `messages` of each object')
    .option('--system <text>', 'system message before each prompt')
    .option('--chat', "put prompts into the model's chat template (the default where it has one)")
    .addOption(
      new Option('--raw', 'give prompts to the model as they are, to be continued').conflicts([
        'chat',
        'system',
      ]),
    );
  addSamplingOptions(command)
    .option('--json', 'one line of JSON for each prompt: {prompt, text, finish, promptTokens, tokens}')
    .addHelpText('after', `${samplingHelp}\n${examples}`)
    .action((model: string, options: GenerateOptions) => generate(model, options, terminal));
}

const examples = `
Without --prompt and --prompts, standard input is the prompt.

Examples:
  hone generate runs/quickstart/dpo/final --prompt 'Hi, I am Ben. My lamp has not arrived yet. Where is it?'
  hone generate runs/mine/final --prompts questions.jsonl --json --temperature 0
  echo 'Once upon a time' | hone generate models/base --raw --max-tokens 50`;

async function generate(directory: string, options: GenerateOptions, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { generationOptions, openTextModel, readPrompts, streamTexts, withSystem } =
    await workflows.generate();
  const prompts = (await givenPrompts(options, readPrompts)).map((prompt) =>
    withSystem(prompt, options.system),
  );
  await using model = await openTextModel(
    directory,
    options.adapter === undefined ? {} : { adapter: options.adapter },
  );
  const mode = options.raw ? 'raw' : options.chat ? 'chat' : model.usualMode;
  if (mode === 'raw' && options.system !== undefined)
    throw new InputError(
      'Cannot use --system: the model has no chat template to put it in; write it into the prompt',
    );
  const ids = await encodeAll(model, prompts, mode);
  const settings = generationOptions(model, samplingRequest(options));
  const printer = options.json
    ? new JsonPrinter(terminal.out, prompts)
    : new TextPrinter(terminal.out, prompts);
  const { signal, release } = interruptSignal({
    onFirst: () => {},
    exit: () => process.exit(exitStatus.interrupted),
  });
  try {
    for await (const { prompt, piece, whole } of streamTexts(model, ids, { ...settings, signal })) {
      printer.take(prompt, piece, whole);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.exitStatus = exitStatus.interrupted;
  } finally {
    release();
    printer.end();
  }
}

async function givenPrompts(
  { prompt, prompts }: GenerateOptions,
  readPrompts: (file: string) => Promise<Prompt[]>,
): Promise<Prompt[]> {
  if (prompt !== undefined && prompts !== undefined)
    throw new InputError('Cannot take prompts from --prompt and --prompts at once; give one of them');
  if (prompt !== undefined) return [...prompt];
  if (prompts !== undefined) return await readPrompts(prompts);
  if (process.stdin.isTTY)
    throw new InputError(
      'Cannot generate: no prompt is given; add --prompt TEXT or --prompts FILE, or pipe one in',
    );
  const { text } = await import('node:stream/consumers');
  const piped = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (piped === '')
    throw new InputError('Cannot generate: standard input is empty; pipe a prompt in or add --prompt TEXT');
  return [piped];
}

async function encodeAll(
  model: TextModel,
  prompts: readonly Prompt[],
  mode: 'chat' | 'raw',
): Promise<number[][]> {
  return await Promise.all(
    prompts.map(async (prompt, i) => {
      const ids = await model.encode(prompt, mode);
      if (ids.length < model.maxLength) return ids;
      throw new InputError(
        `Cannot answer prompt ${i + 1}: it holds ${ids.length} tokens, the model's longest sequence is ${model.maxLength} with the answer; shorten it`,
      );
    }),
  );
}

/** One prompt: its text as it comes. Several: each prompt and its text, in the order of the prompts. */
class TextPrinter {
  readonly #out: Output;
  readonly #prompts: readonly Prompt[];
  readonly #finished = new Map<number, string>();
  #next = 0;
  #lineOpen = false;

  constructor(out: Output, prompts: readonly Prompt[]) {
    this.#out = out;
    this.#prompts = prompts;
  }

  take(prompt: number, piece: string, whole: GeneratedText | undefined): void {
    if (this.#prompts.length === 1) {
      if (piece !== '') this.#write(piece);
    } else if (whole !== undefined) {
      this.#finished.set(prompt, whole.text);
      this.#printFinished();
    }
  }

  end(): void {
    if (this.#lineOpen) this.#out.write('\n');
  }

  #printFinished(): void {
    for (
      let text = this.#finished.get(this.#next);
      text !== undefined;
      text = this.#finished.get(this.#next)
    ) {
      this.#write(
        `${this.#next === 0 ? '' : '\n'}> ${promptText(this.#prompts[this.#next] ?? '')}\n${text}\n`,
      );
      this.#next++;
    }
  }

  #write(text: string): void {
    this.#out.write(text);
    this.#lineOpen = !text.endsWith('\n');
  }
}

/** What a prompt asks last. */
function promptText(prompt: Prompt): string {
  if (typeof prompt === 'string') return prompt;
  const content = prompt.at(-1)?.content;
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** A line of JSON for each prompt, in their order. */
class JsonPrinter {
  readonly #out: Output;
  readonly #prompts: readonly Prompt[];
  readonly #finished = new Map<number, GeneratedText>();
  #next = 0;

  constructor(out: Output, prompts: readonly Prompt[]) {
    this.#out = out;
    this.#prompts = prompts;
  }

  take(prompt: number, _piece: string, whole: GeneratedText | undefined): void {
    if (whole !== undefined) this.#finished.set(prompt, whole);
    for (
      let text = this.#finished.get(this.#next);
      text !== undefined;
      text = this.#finished.get(this.#next)
    ) {
      this.#out.write(`${JSON.stringify({ prompt: this.#prompts[this.#next], ...text })}\n`);
      this.#next++;
    }
  }

  end(): void {}
}
