// The preference data sets that the reference DPO trainer and the DPO service know, out of files on this machine.
import { readRows } from '../sources/index.ts';
import { readCommunityPreferences } from './community-preferences.ts';
import { readHelpfulHarmless } from './helpful-harmless.ts';
import { readHumanPreferences } from './human-preferences.ts';
import { type PreferenceRecord, teaches } from './preference-record.ts';
import { readStackExchange } from './stack-exchange.ts';

/** Names of the data sets, as on the reference trainer's command line. */
export const preferenceSetNames = ['hh', 'shp', 'se', 'novalto'] as const;

/** The name of a data set. */
export type PreferenceSetName = (typeof preferenceSetNames)[number];

/** Records of a data set, and how many of its pairs and records teach nothing and were left out. */
export type PreferenceSet = {
  readonly records: readonly PreferenceRecord[];
  /** Pairs with an empty answer or two equal ones, and prompts whose target is empty. */
  readonly omitted: { readonly pairs: number; readonly targets: number };
};

/**
 * Reads a data set's rows in their published format; the answers to one prompt become one record.
 * @param files of the part that is asked for; `se` and `novalto` have only one set of files, of which `se` draws its parts
 */
export async function readPreferenceSet(
  name: PreferenceSetName,
  { files, part }: { readonly files: readonly string[]; readonly part: 'train' | 'test' },
): Promise<PreferenceSet> {
  const rows = readRows(files);
  switch (name) {
    case 'hh':
      return withoutEmpty(await readHelpfulHarmless(rows));
    case 'shp':
      return withoutEmpty(await readHumanPreferences(rows));
    case 'se':
      return withoutEmpty(await readStackExchange(rows, part));
    case 'novalto':
      // A user's own file: what is wrong in it is to be put right, not passed over
      return { records: await readCommunityPreferences(rows), omitted: { pairs: 0, targets: 0 } };
  }
}

/** Published sets hold a few answers that are empty or the same. */
function withoutEmpty(records: readonly PreferenceRecord[]): PreferenceSet {
  const omitted = { pairs: 0, targets: 0 };
  const kept = records.flatMap((record): PreferenceRecord[] => {
    const pairs = record.pairs.filter(([better, worse]) => teaches(record, better, worse));
    omitted.pairs += record.pairs.length - pairs.length;
    if (record.sft_target.trim() === '') omitted.targets++;
    return pairs.length === 0 && record.sft_target.trim() === '' ? [] : [{ ...record, pairs }];
  });
  return { records: kept, omitted };
}
