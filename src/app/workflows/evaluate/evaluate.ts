// Measures a model on data: by imitation, or by preference with or without a reference model.
import { InputError } from '../../../core/index.ts';
import { type Example, readExamples } from '../../../data/index.ts';
import { loadTokenizer } from '../../../serving/index.ts';
import {
  dataSchema,
  encodePairs,
  encodeSequences,
  evaluateSft,
  ForwardRunner,
  maxLengthOf,
  type RawData,
  type RunControl,
  type RunEvent,
  readData,
  sftObjective,
} from '../../../training/index.ts';
import { findModel, loadSource } from '../../model-source.ts';
import {
  type Evaluation,
  type EvaluationContext,
  type EvaluationRequest,
  forwardOptions,
  trainedTokens,
} from './context.ts';
import { pairMetrics } from './pairs.ts';

/** Reads data and model, and measures. */
export async function evaluateModel(
  request: EvaluationRequest,
  control: RunControl = {},
): Promise<Evaluation> {
  const started = performance.now();
  const recipe = request.recipe ?? (await tellRecipe(request));
  if (recipe === 'sft' && request.reference !== undefined)
    throw new InputError(
      'Cannot use --reference: the recipe is sft, which compares with no model; remove it',
    );
  const config = { data: dataSettings(request), seed: 0 };
  const raw = await readData(config, recipe === 'sft' ? 'sft' : 'preference', control);
  const found = await findModel(request.model, request.adapter);
  const source = await loadSource(found);
  const tokenizer = await loadTokenizer(request.tokenizer ?? found.base, source.model);
  const counts = { cut: 0, dropped: 0 };
  const watching: RunControl = {
    ...control,
    onEvent: (event: RunEvent) => {
      if (event.type === 'data') Object.assign(counts, { cut: event.cut, dropped: event.dropped });
      else control.onEvent?.(event);
    },
  };
  const encoding = { config, tokenizer, maxLength: maxLengthOf(config, source.model), control: watching };
  const context = { source, tokenizer, request, control: watching, batchSize: request.batchSize ?? 8 };
  const measured =
    recipe === 'sft'
      ? await measureSequences(raw, encoding, context)
      : await pairMetrics(
          (await encodePairs(raw, encoding)).train.map(({ value }) => value),
          context,
        );
  return {
    recipe,
    model: found.base,
    adapter: found.adapter ?? null,
    reference: request.reference ?? null,
    data: request.data,
    ...measured,
    ...counts,
    seconds: (performance.now() - started) / 1000,
  };
}

async function measureSequences(
  raw: RawData,
  encoding: Parameters<typeof encodeSequences>[1],
  { source, tokenizer, request, control, batchSize }: EvaluationContext,
): Promise<Pick<Evaluation, 'examples' | 'trained_tokens' | 'metrics'>> {
  const { train } = await encodeSequences(raw, encoding);
  const sequences = train.map(({ value }) => value);
  const runner = new ForwardRunner(source.model, sftObjective, forwardOptions(source, request));
  try {
    const padId = tokenizer.padTokenId ?? 0;
    const metrics = await evaluateSft(runner, sequences, { padId, batchSize, control });
    return { examples: sequences.length, trained_tokens: trainedTokens(sequences), metrics };
  } finally {
    await runner.close();
  }
}

function dataSettings(request: EvaluationRequest) {
  return dataSchema.parse({
    train: request.data,
    limit: request.limit,
    format: request.format,
    columns: request.columns,
    max_length: request.maxLength,
    on_long_prompt: request.onLongPrompt,
    boundary: request.boundary,
    train_on: request.trainOn,
    allow_special_text: request.allowSpecialText,
  });
}

/** Pairs are measured as pairs, all else by imitation. */
async function tellRecipe({ data, format, columns }: EvaluationRequest): Promise<'sft' | 'dpo'> {
  const options = { limit: 1, ...(format && { format }), ...(columns && { columns }) };
  let first: Example | undefined;
  for await (const example of readExamples(data, options)) first = example;
  return first?.kind === 'preference' ? 'dpo' : 'sft';
}
