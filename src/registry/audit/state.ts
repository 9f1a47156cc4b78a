// How a model stood: what the entries of the audit add up to.
import type { AuditEntry } from './history.ts';

/** How a version stood. */
export type VersionState = { readonly stage: string; readonly lifecycle: string };

/** How a model stood at some time: where its aliases pointed, which versions it had and in which stages. */
export type ModelState = {
  readonly name: string;
  /** Neither deleted nor purged. */
  readonly isLive: boolean;
  readonly stage: string;
  readonly currentVersion: number | undefined;
  readonly aliases: Readonly<Record<string, number>>;
  /** By number; deleted versions are not among them. */
  readonly versions: Readonly<Record<number, VersionState>>;
};

/** A model of which nothing is known yet. */
export function newState(): ModelState {
  return {
    name: '',
    isLive: false,
    stage: 'development',
    currentVersion: undefined,
    aliases: {},
    versions: {},
  };
}

/** The versions that were in a stage, lowest first. */
export function versionsInStage(state: ModelState, stage: string): readonly number[] {
  return Object.entries(state.versions)
    .filter(([, version]) => version.stage === stage)
    .map(([version]) => Number(version));
}

/** The state after one more entry. */
export function applyEntry(state: ModelState, entry: AuditEntry): ModelState {
  const { action, version = 0, subject = '', after = '' } = entry;
  switch (action) {
    case 'model.created':
    case 'model.restored':
      return { ...state, isLive: true, name: after };
    case 'model.renamed':
      return { ...state, name: after };
    case 'model.deleted':
    case 'model.purged':
      return { ...state, isLive: false };
    case 'model.stage':
      return { ...state, stage: after, currentVersion: entry.version ?? state.currentVersion };
    case 'version.created':
      return withVersion(state, version, { stage: 'None', lifecycle: after });
    case 'version.restored':
      return withVersion(state, version, { stage: 'None', lifecycle: after });
    case 'version.stage':
      return withVersion(state, version, { stage: after });
    case 'version.lifecycle':
      return withVersion(state, version, { lifecycle: after });
    case 'version.deleted':
    case 'version.purged':
      return { ...state, versions: without(state.versions, version) };
    case 'alias.set':
    case 'alias.moved':
      return { ...state, aliases: { ...state.aliases, [subject]: version } };
    case 'alias.deleted':
      return { ...state, aliases: without(state.aliases, subject) };
  }
}

function withVersion(state: ModelState, version: number, change: Partial<VersionState>): ModelState {
  const known = state.versions[version] ?? { stage: 'None', lifecycle: '' };
  return { ...state, versions: { ...state.versions, [version]: { ...known, ...change } } };
}

function without<T>(record: Readonly<Record<string, T>>, key: string | number): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== String(key)));
}
