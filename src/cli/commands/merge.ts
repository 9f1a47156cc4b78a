// `hone merge`: a LoRA adapter folded into its model.
import { type Command, Option } from 'commander';
import type { MergeRequest } from '../../app/index.ts';
import type { Terminal } from '../terminal.ts';
import { formatSize } from '../train/format.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Folds a LoRA adapter into its model: writes a Hugging Face directory that needs no adapter.',
    )
    .argument('<adapter>', 'directory of the adapter, as PEFT or `hone train` writes it')
    .requiredOption('--output <dir>', 'directory of the merged model; new or empty')
    .option('--model <dir>', 'base model; found by the name that the adapter states unless given')
    .addOption(
      new Option('--dtype <type>', 'element type of the merged weights')
        .choices(['float32', 'bfloat16', 'float16'])
        .default('float32'),
    )
    .addHelpText('after', help)
    .action((adapter: string, options: Omit<MergeRequest, 'adapter'>) =>
      merge({ ...options, adapter }, terminal),
    );
}

const help = `
Examples:
  hone merge runs/lora-dpo/final --output runs/lora-dpo/merged
  hone merge my-adapter --model my-model --output merged --dtype bfloat16`;

async function merge(request: MergeRequest, { out }: Terminal): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { mergeModel } = await workflows.merge();
  const { output, base, adapter, parameters } = await mergeModel(request);
  out.write(`Merged ${adapter} into ${base}: ${formatSize(parameters)} parameters, in ${output}\n`);
  out.write(`\nNext:\n  hone chat ${output}\n`);
}
