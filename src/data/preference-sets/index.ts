// Published preference data sets in their own row formats.
export type { PreferenceRecord } from './preference-record.ts';
export {
  type PreferenceSet,
  type PreferenceSetName,
  preferenceSetNames,
  readPreferenceSet,
} from './read-preference-set.ts';
