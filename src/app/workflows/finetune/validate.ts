// Looks through a job's files before anything is trained: what is wrong is told with its example, as OpenAI tells it.
import { checkData, describePlace, type Fault, readRows } from '../../../data/index.ts';
import { openModel } from '../../../models/index.ts';
import { Tokenizer } from '../../../text/index.ts';
import { maxLengthOf, type TrainConfig } from '../../../training/index.ts';
import { JobFault } from '../../job-process/index.ts';

/** A file that was fetched. */
export type FetchedFile = { readonly path: string; readonly param: 'training_file' | 'validation_file' };

/** What the files are looked at with. */
export type ValidationOptions = {
  readonly config: TrainConfig;
  /** The directory of the model that will be trained. */
  readonly model: string;
  /** Fewer examples are refused. */
  readonly minimum: number;
};

/** Faults that are listed; all are counted. */
const listedFaults = 20;

/**
 * Checks a file to its end as training will read it: format, purpose, lengths, texts.
 * @returns the number of its examples
 * @throws JobFault: `invalid_training_file`, `invalid_validation_file`, `invalid_n_examples`
 */
export async function validateFile(
  { path, param }: FetchedFile,
  { config, model, minimum }: ValidationOptions,
): Promise<number> {
  const opened = await openModel(model);
  await opened.close();
  const { data } = config;
  const check = await checkData(path, {
    purpose: config.recipe === 'dpo' ? 'preference' : 'sft',
    ...(data.columns !== null && { columns: data.columns }),
    ...(data.format !== null && { format: data.format }),
    tokenizer: await Tokenizer.fromDirectory(model),
    ...(data.on_long_prompt === 'refuse' && { maxLength: maxLengthOf(config, opened.model) }),
    encode: {
      trainOn: data.train_on,
      allowSpecialText: data.allow_special_text,
      ...(data.boundary === 'separate' && { boundary: 'separate' }),
    },
    maxFaults: listedFaults,
  });
  if (check.faults.total > 0) throw await invalidFile({ path, param }, check.faults);
  if (config.recipe === 'sft' && check.format === 'openai-preference') throw pairsUnasked(param);
  if (check.examples >= minimum) return check.examples;
  const which = param === 'training_file' ? 'Training' : 'Validation';
  throw new JobFault(
    `${which} file has ${check.examples} example(s), but must have at least ${minimum} examples`,
    { code: 'invalid_n_examples', param },
  );
}

/** Imitating the preferred output alone is not what a file of pairs was made for: the method was forgotten. */
function pairsUnasked(param: FetchedFile['param']): JobFault {
  const what = param.replace('_', ' ');
  return new JobFault(
    `The job failed due to an invalid ${what}. Invalid file format. Example 1 is a preference pair, and the method 'supervised' takes {"messages": [...]}; ` +
      "create the job with the method 'dpo', or upload messages",
    { code: `invalid_${param}`, param },
  );
}

async function invalidFile(
  { path, param }: FetchedFile,
  { listed, total }: { readonly listed: readonly Fault[]; readonly total: number },
): Promise<JobFault> {
  const numbers = await exampleNumbers(path);
  const texts = listed.map((fault) => `${nameOf(fault, numbers)}: ${fault.reason}; ${fault.remedy}`);
  if (total > listed.length) texts.push(`and ${total - listed.length} more`);
  const what = param.replace('_', ' ');
  return new JobFault(`The job failed due to an invalid ${what}. Invalid file format. ${texts.join('\n')}`, {
    code: `invalid_${param}`,
    param,
  });
}

/** Lines and examples are told apart: blank lines count as no example. */
function nameOf(fault: Fault, numbers: ReadonlyMap<number, number>): string {
  if (fault.line === undefined) return 'The file';
  if (fault.unit === 'record') return `Example ${fault.line}`;
  const number = numbers.get(fault.line);
  const place = describePlace({ ...fault, file: '' }).replace(':', 'line ');
  return number === undefined ? `The ${place}` : `Example ${number} (${place})`;
}

/** By line: the how manieth example it holds, from 1 on. */
async function exampleNumbers(path: string): Promise<ReadonlyMap<number, number>> {
  const lines = new Set<number>();
  const onFault = ({ line }: Fault) => {
    if (line !== undefined) lines.add(line);
  };
  for await (const { origin } of readRows(path, { onFault })) lines.add(origin.line);
  return new Map([...lines].sort((a, b) => a - b).map((line, index) => [line, index + 1]));
}
