// Brings a registered model over with its versions: the same numbers, stages and aliases.
import { fingerprint, NotFoundError } from '../../../../core/index.ts';
import type { Change } from '../../../../registry/index.ts';
import type { SourceModel, SourceVersion } from '../source/source.ts';
import { checkGoesOn, type ImportContext, OwnProblems } from './context.ts';
import { rewriteUri } from './rewrite-uri.ts';

/** Brings a registered model up to date with its source. */
export async function importModel(context: ImportContext, model: SourceModel): Promise<void> {
  checkGoesOn(context.signal);
  const { ledger, counter, source, registryRestoration } = context;
  const { name, place: _, ...told } = model;
  const what = `registered model '${name}'`;
  const problems = new OwnProblems(context.tell);
  const entry = await ledger.find('registered model', name);
  if (entry === undefined && (await isThere(context, name)))
    return problems.tell({
      what,
      reason:
        'a model of that name is here already and came from elsewhere; rename one of them, then import again',
    });
  const noted = { target: '', originUri: '', problems: [] };
  if (entry === undefined) await ledger.put('registered model', name, { ...noted, fingerprint: undefined });
  const change: Change = { reason: `imported from ${source.name}` };
  const state = fingerprint(told);
  const isNew = entry?.fingerprint !== state;
  const written = !isNew || (await problems.attempt(what, () => registryRestoration.model(model, change)));
  if (!written) return;
  const versions = new Set<number>();
  for await (const version of source.versions(model, problems.tell)) {
    versions.add(version.version);
    await importVersion(context, { model, version, change });
  }
  if (isNew) {
    for (const { alias, version } of model.aliases)
      await problems.attempt(`${what}, alias '${alias}'`, () =>
        context.stores.registry.aliases.set(name, alias, { version, ...change }),
      );
    await ledger.put('registered model', name, { ...noted, fingerprint: state, problems: problems.list });
  } else for (const problem of entry?.problems ?? []) context.tell(problem);
  counter.tally('registeredModels', entry === undefined ? 'added' : isNew ? 'updated' : 'unchanged');
}

type Importing = { readonly model: SourceModel; readonly version: SourceVersion; readonly change: Change };

async function importVersion(context: ImportContext, { model, version, change }: Importing): Promise<void> {
  checkGoesOn(context.signal);
  const { ledger, counter } = context;
  const entity = `${model.name}/${version.version}`;
  const what = `registered model '${model.name}' version ${version.version}`;
  const source = await rewriteUri(context, version.source);
  // Artifacts that were copied since lie elsewhere now.
  const state = fingerprint({ ...version, source });
  const entry = await ledger.find('version', entity);
  if (entry?.fingerprint === state) {
    for (const problem of entry.problems) context.tell(problem);
    return counter.tally('versions', 'unchanged');
  }
  const problems = new OwnProblems(context.tell);
  const storageLocation = await storageOf(context, source);
  const done = await problems.attempt(what, () =>
    context.registryRestoration.version(model.name, { ...version, source, storageLocation }, change),
  );
  if (!done) return;
  await ledger.put('version', entity, {
    target: '',
    originUri: version.source,
    fingerprint: state,
    problems: problems.list,
  });
  counter.tally('versions', entry === undefined ? 'added' : 'updated');
}

/** Where the files of a `models:/` source lie; the source itself where it leads nowhere. */
async function storageOf({ stores }: ImportContext, source: string): Promise<string> {
  const [, name, version] = /^models:\/+([^/]+)(?:\/(\d+))?$/.exec(source) ?? [];
  if (name === undefined) return source;
  try {
    if (version !== undefined) return await stores.registry.versions.downloadUri(name, Number(version));
    return (await stores.tracking.loggedModels.get(name, { deleted: true })).artifactUri;
  } catch (error) {
    if (error instanceof NotFoundError) return source;
    throw error;
  }
}

async function isThere({ stores }: ImportContext, name: string): Promise<boolean> {
  try {
    await stores.registry.models.get(name);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
