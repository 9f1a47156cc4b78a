// `hone chat`: a conversation with a model, streamed.
import type { Command } from 'commander';
import {
  addSamplingOptions,
  type SamplingOptions,
  samplingHelp,
  samplingRequest,
} from '../generation-options.ts';
import type { Terminal } from '../terminal.ts';

type ChatOptions = SamplingOptions & { readonly adapter?: string; readonly system?: string };

export function define(command: Command, terminal: Terminal): void {
  command
    .description('Talks to a model; answers are written as they come.')
    .argument(
      '<model>',
      "directory of a model, or of an adapter, which leads to its base (a run's model is in its final/)",
    )
    .option('--adapter <dir>', 'LoRA adapter to put over the model')
    .option('--system <text>', 'system message');
  addSamplingOptions(command)
    .addHelpText('after', `${samplingHelp}\n${help}`)
    .action((model: string, options: ChatOptions) => chat(model, options, terminal));
}

const help = `
In the conversation: /reset forgets it, /system TEXT gives another system message, /exit leaves. Ctrl-C stops an answer,
again it leaves. When the model cannot see the whole conversation, the oldest turns are forgotten, and it says so.
From a pipe, each line is a message.

Example:
  hone chat runs/quickstart/dpo/final`;

async function chat(directory: string, options: ChatOptions, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { Conversation, openTextModel } = await workflows.generate();
  const { talk } = await import('../chat-loop.ts');
  await using model = await openTextModel(
    directory,
    options.adapter === undefined ? {} : { adapter: options.adapter },
  );
  const { system } = options;
  const conversation = new Conversation(model, {
    ...samplingRequest(options),
    ...(system !== undefined && { system }),
  });
  await talk(conversation, terminal, directory);
}
