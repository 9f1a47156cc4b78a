// Makes the data of a run ready: published rows as records in files of one format, from which Hone trains.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint, InputError, Random, writeFileAtomic } from '../../../../core/index.ts';
import { type PreferenceRecord, type PreferenceSetName, readPreferenceSet } from '../../../../data/index.ts';
import { findDataFiles } from './data-files.ts';
import { isPreferenceSet, type ReferenceConfig } from './schema.ts';

/** What the run trains on. */
export type ReferenceData = {
  readonly train: readonly string[];
  readonly eval: readonly string[];
  /** By file: how its prompts are shortened. */
  readonly truncation: Readonly<Record<string, 'limit-prompt-end' | 'limit-prompt-start'>>;
  /** Examples: prompts for sft, pairs otherwise. */
  readonly examples: number;
  readonly notices: readonly string[];
};

type Named = { readonly name: PreferenceSetName; readonly records: readonly PreferenceRecord[] };

/** Reads the data sets and leaves them, in Hone's form, in `datasets/` of the scratch directory. */
export async function prepareReferenceData(config: ReferenceConfig, scratch: string): Promise<ReferenceData> {
  const notices: string[] = [];
  const read = async (part: 'train' | 'test') => {
    const sets: Named[] = [];
    for (const name of config.datasets.filter(isPreferenceSet)) {
      const files = await findDataFiles(name, part, { config, scratch });
      const { records, omitted } = await readPreferenceSet(name, { files, part });
      const left = config.loss.name === 'sft' ? omitted.targets : omitted.pairs;
      if (left > 0)
        notices.push(
          `${left} ${noun(config)} of dataset '${name}' (${part}) are left out: an answer is empty, or both are the same`,
        );
      sets.push({ name, records: usable(records, config) });
    }
    return sets;
  };
  const train = await read('train');
  const held = drawn(await read('test'), config, notices);
  const write = (part: string) => (set: Named) => writeRecords(join(scratch, 'datasets'), part, set);
  const trainFiles = await Promise.all(train.map(write('train')));
  const evalFiles = await Promise.all(held.map(write('eval')));
  const modes = [...trainFiles, ...evalFiles].map(({ file, name }) => [file, truncationOf(name)] as const);
  return {
    train: trainFiles.map(({ file }) => file),
    eval: evalFiles.map(({ file }) => file),
    truncation: Object.fromEntries(modes),
    examples: train.reduce((sum, set) => sum + count(set.records, config), 0),
    notices,
  };
}

function noun({ loss }: ReferenceConfig): string {
  return loss.name === 'sft' ? 'prompts' : 'pairs';
}

function truncationOf(name: PreferenceSetName): 'limit-prompt-end' | 'limit-prompt-start' {
  return name === 'hh' ? 'limit-prompt-end' : 'limit-prompt-start';
}

/** Records with something for this loss. */
function usable(records: readonly PreferenceRecord[], { loss }: ReferenceConfig): PreferenceRecord[] {
  return records.filter(({ pairs, sft_target }) =>
    loss.name === 'sft' ? sft_target.trim() !== '' : pairs.length > 0,
  );
}

function count(records: readonly PreferenceRecord[], { loss }: ReferenceConfig): number {
  return loss.name === 'sft' ? records.length : records.reduce((sum, { pairs }) => sum + pairs.length, 0);
}

/** Held-out examples in whole batches, as many as asked for; drawn with the run's seed over all data sets. */
function drawn(sets: readonly Named[], config: ReferenceConfig, notices: string[]): Named[] {
  const wanted = Math.ceil(config.n_eval_examples / config.eval_batch_size) * config.eval_batch_size;
  const all = sets.flatMap(({ name, records }) => records.map((record) => ({ name, record })));
  const kept = new Map<PreferenceSetName, PreferenceRecord[]>();
  let room = wanted;
  for (const { name, record } of new Random(config.seed, 'held-out').shuffled(all)) {
    if (room === 0) break;
    const pairs = record.pairs.slice(0, room);
    room -= config.loss.name === 'sft' ? 1 : pairs.length;
    kept.set(name, [...(kept.get(name) ?? []), { ...record, pairs }]);
  }
  if (kept.size === 0)
    throw new InputError(
      `Cannot evaluate: the test part of ${config.datasets.join(', ')} holds no ${noun(config)}`,
    );
  if (room > 0)
    notices.push(
      `Evaluation is on ${wanted - room} ${noun(config)}, all that the test data holds (n_eval_examples=${config.n_eval_examples})`,
    );
  return [...kept].map(([name, records]) => ({ name, records }));
}

/** One record a line; the name has the content's fingerprint, so that runs share a file and a resumed run finds its own. */
async function writeRecords(
  directory: string,
  part: string,
  { name, records }: Named,
): Promise<{ readonly name: PreferenceSetName; readonly file: string }> {
  if (records.length === 0)
    throw new InputError(`Cannot train on dataset '${name}': its ${part} part holds nothing for this loss`);
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${name}-${part}-${fingerprint(records).slice(0, 16)}.jsonl`);
  await writeFileAtomic(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return { name, file };
}
