// The body of a new fine-tuning job, as OpenAI documents it, and what the queue is told of it.
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { NewFineTuneSpec } from '../../../app/index.ts';
import { ParameterError } from '../../http/parse.ts';
import { plainText } from '../plain-text.ts';

/** A number, or `auto` where the data is to decide. */
function autoOr(number: z.ZodNumber, range: string) {
  return z.union([z.literal('auto'), number], { error: `give 'auto' or ${range}` }).nullish();
}

const hyperparameters = {
  batch_size: autoOr(z.int().min(1).max(256), 'a whole number from 1 to 256'),
  learning_rate_multiplier: autoOr(z.number().positive(), 'a number above 0'),
  n_epochs: autoOr(z.int().min(1).max(50), 'a whole number from 1 to 50'),
};
const beta = autoOr(z.number().positive().max(2), 'a number above 0 and up to 2');

const method = z.strictObject({
  type: z.enum(['supervised', 'dpo', 'reinforcement']),
  supervised: z.strictObject({ hyperparameters: z.strictObject(hyperparameters).nullish() }).nullish(),
  dpo: z.strictObject({ hyperparameters: z.strictObject({ ...hyperparameters, beta }).nullish() }).nullish(),
  reinforcement: z.unknown().optional(),
});

const integration = z.strictObject({
  type: z.literal('wandb'),
  wandb: z.strictObject({
    project: z.string().min(1),
    name: z.string().nullish(),
    entity: z.string().nullish(),
    tags: z.array(z.string()).max(50).optional(),
  }),
});

/** Up to 16 pairs. */
export const metadataSchema = z
  .record(plainText.min(1).max(64), plainText.max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'give at most 16 pairs');

export const createRequest = z.strictObject({
  model: plainText.min(1),
  training_file: plainText.min(1),
  validation_file: plainText.min(1).nullish(),
  suffix: plainText.min(1).max(64).nullish(),
  seed: z.int().min(0).max(2_147_483_647).nullish(),
  method: method.nullish(),
  hyperparameters: z.strictObject(hyperparameters).nullish(),
  integrations: z.array(integration).max(5).nullish(),
  metadata: metadataSchema.nullish(),
});

export type CreateRequest = z.output<typeof createRequest>;
export type Integration = z.output<typeof integration>;

/** What the queue is told; the seed is drawn where none is given. @throws ParameterError for what contradicts itself */
export function specOf(request: CreateRequest): NewFineTuneSpec {
  return {
    model: request.model,
    method: request.method?.type === 'dpo' ? 'dpo' : 'supervised',
    trainingFile: request.training_file,
    validationFile: request.validation_file ?? null,
    hyperparameters: numbersOf(request),
    seed: request.seed ?? randomInt(2 ** 31),
    suffix: request.suffix ?? null,
  };
}

function numbersOf({
  method: chosen,
  hyperparameters: legacy,
}: CreateRequest): NonNullable<NewFineTuneSpec['hyperparameters']> {
  const type = chosen?.type ?? 'supervised';
  if (type === 'reinforcement')
    throw new ParameterError(
      'method.type',
      "Invalid value for 'method.type': 'reinforcement' is not offered here; use 'supervised' or 'dpo'",
    );
  const other = type === 'dpo' ? 'supervised' : 'dpo';
  for (const name of [other, 'reinforcement'] as const)
    if (chosen?.[name] != null)
      throw new ParameterError(
        `method.${name}`,
        `Invalid value for 'method.${name}': the method's type is '${type}'; leave '${name}' out`,
      );
  const own = chosen?.[type]?.hyperparameters;
  if (legacy != null && (own != null || type === 'dpo'))
    throw new ParameterError(
      'hyperparameters',
      `Invalid value for 'hyperparameters': 'method' is given as well; give 'method.${type}.hyperparameters' alone`,
    );
  const given: { readonly beta?: number | 'auto' | null | undefined } & NonNullable<typeof legacy> =
    own ?? legacy ?? {};
  return {
    epochs: given.n_epochs ?? 'auto',
    batchSize: given.batch_size ?? 'auto',
    learningRateMultiplier: given.learning_rate_multiplier ?? 'auto',
    beta: given.beta ?? 'auto',
  };
}
