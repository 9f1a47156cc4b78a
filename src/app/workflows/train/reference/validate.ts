// Checks files of the reference trainer's shape one by one, as the DPO service's validators do.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { fileError, InputErrors } from '../../../../core/index.ts';
import { loadReferenceConfig, type ReferenceSource } from './load.ts';
import {
  lossFaults,
  type ReferenceConfig,
  referenceLossSchema,
  referenceModelSchema,
  referenceSchema,
} from './schema.ts';

/** What is still to be given stands in files as `???`. */
const missing = '???';

/**
 * Checks the primary file, which has neither a model nor a loss yet. Keys that are not known pass: forks add some.
 * @throws InputErrors with every fault
 */
export async function validateTrainingConfig(file: string): Promise<void> {
  const { model: _, loss: __, ...shape } = referenceSchema.shape;
  const groups = z.looseObject({ defaults: z.array(z.unknown()) });
  refuse(file, issues(groups.extend(shape), await readOpen(file)));
}

/** Checks a file of the group `model`. @throws InputErrors with every fault */
export async function validateModelConfig(file: string): Promise<void> {
  refuse(file, issues(referenceModelSchema, await readOpen(file)));
}

/** Checks a file of the group `loss`. @throws InputErrors with every fault */
export async function validateLossConfig(file: string): Promise<void> {
  const values = await readOpen(file);
  const found = issues(referenceLossSchema, values);
  const isOpen = isRecord(values) && values.beta === missing;
  const parsed = referenceLossSchema.safeParse(isOpen ? { ...values, beta: 1 } : values);
  refuse(file, parsed.success ? lossFaults(parsed.data) : found);
}

/** Composes and checks a whole tree, as a run would. @throws InputErrors with every fault */
export function validateHydraConfig(source: ReferenceSource): Promise<ReferenceConfig> {
  return loadReferenceConfig(source);
}

/** Checks all files of a directory: `config.yaml`, `model/*.yaml`, `loss/*.yaml`. @throws InputErrors with every fault */
export async function validateAllConfigs(directory: string): Promise<void> {
  const faults: string[] = [];
  const check = async (validate: (file: string) => Promise<void>, file: string) => {
    await validate(file).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
      faults.push(error.message);
    });
  };
  await check(validateTrainingConfig, join(directory, 'config.yaml'));
  for (const file of await yamlFiles(join(directory, 'model'))) await check(validateModelConfig, file);
  for (const file of await yamlFiles(join(directory, 'loss'))) await check(validateLossConfig, file);
  if (faults.length > 0) throw new InputErrors(`Cannot use the configurations in '${directory}'`, faults);
}

async function yamlFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw fileError(`Cannot read '${directory}'`, error);
  });
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}

async function readOpen(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(`Cannot read '${file}'`, error);
  });
  try {
    return parse(text);
  } catch (error) {
    throw new InputErrors(`Cannot use configuration '${file}'`, [(error as Error).message]);
  }
}

/** Faults of values, those passed over that are still open or interpolated. */
function issues(schema: z.ZodType, values: unknown): string[] {
  const parsed = schema.safeParse(values);
  if (parsed.success) return [];
  return parsed.error.issues
    .filter(({ path }) => !isOpenValue(valueAt(values, path)))
    .map(({ path, message }) => `'${path.map(String).join('.')}': ${message}`);
}

function isOpenValue(value: unknown): boolean {
  return typeof value === 'string' && (value === missing || value.includes('${'));
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[String(key)] : undefined), values);
}

function refuse(file: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new InputErrors(`Cannot use configuration '${file}'`, faults);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
