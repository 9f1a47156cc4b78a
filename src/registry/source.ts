// Where a version may be registered from: what clients far away may name, and what a models:/ source leads to.
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../core/index.ts';
import { type RegistryContext, trackingOf } from './context.ts';
import type { Tag } from './entities.ts';
import { isPrompt } from './tag-keys.ts';
import { findVersion } from './versions/rows.ts';

/** What a client asks to register. */
export type SourceRequest = {
  readonly source: string;
  readonly runId?: string | undefined;
  readonly modelId?: string | undefined;
  readonly tags?: readonly Tag[];
};

/** Where a version's files lie and which run made them. */
export type Origin = { readonly storageLocation: string; readonly runId: string | undefined };

/**
 * Refuses sources that a client from outside must not name: files of this machine that are not those of the run or logged model it
 * names, and paths that lead elsewhere than they say.
 * @throws InputError; NotFoundError for a run or logged model that does not exist
 */
export async function checkSource(context: RegistryContext, request: SourceRequest): Promise<void> {
  const { source, runId = '', modelId = '', tags = [] } = request;
  if (isPrompt(tags)) return checkPromptSource(source);
  if (!isLocal(source)) return checkRemoteSource(source);
  const owner = modelId === '' ? runId : modelId;
  const parameter = modelId === '' ? 'run_id' : 'model_id';
  const path = owner === '' ? source : await realLocation(source);
  if (owner !== '' && (await isWithin(path, await artifactsOf(context, { runId, modelId })))) return;
  throw new InputError(
    `Invalid model version source: '${path}'. To use a local path as a model version source, the ${parameter} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${parameter}.`,
  );
}

/** Follows a models:/ source to the files. @throws InputError where it leads nowhere */
export async function originOf(context: RegistryContext, request: SourceRequest): Promise<Origin> {
  const { source, modelId = '' } = request;
  const runId = request.runId === '' ? undefined : request.runId;
  const found = source.startsWith('models:')
    ? await followModelUri(context, source)
    : { location: source, runId: undefined };
  const ofModel =
    modelId === ''
      ? undefined
      : (await trackingOf(context, `logged model '${modelId}'`).loggedModel(modelId)).sourceRunId;
  return { storageLocation: found.location, runId: runId ?? found.runId ?? ofModel };
}

async function followModelUri(
  context: RegistryContext,
  source: string,
): Promise<{ readonly location: string; readonly runId: string | undefined }> {
  const [, name = '', suffix] = /^models:\/+([^/]+)(?:\/([^/]+))?$/.exec(source) ?? [];
  if (name.trim() === '')
    throw new InputError(
      `Not a proper models:/ URI: ${source}. Models URIs must be of the form 'models:/name/suffix' or 'models:/name@alias' where suffix is a version, stage, or the string 'latest' and where alias is a registered model alias. Only one of suffix or alias can be defined at a time.`,
    );
  try {
    if (suffix === undefined && !name.includes('@')) {
      const model = await trackingOf(context, `logged model '${name}'`).loggedModel(name);
      return { location: model.artifactUri, runId: model.sourceRunId };
    }
    // An alias or a stage moves: a version registered from one would not say what it is.
    if (suffix === undefined || !/^\d+$/.test(suffix))
      throw new InputError('give a version number: models:/name/1');
    const version = await findVersion(context.tables, name, Number(suffix));
    return { location: version.storage_location, runId: undefined };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `Unable to fetch model from model URI source artifact location '${source}'.Error: ${error.message}`,
      { cause: error },
    );
  }
}

async function artifactsOf(
  context: RegistryContext,
  { runId, modelId }: { readonly runId: string; readonly modelId: string },
): Promise<string> {
  if (modelId === '') return await trackingOf(context, `run '${runId}'`).runArtifactUri(runId);
  return (await trackingOf(context, `logged model '${modelId}'`).loggedModel(modelId)).artifactUri;
}

function checkPromptSource(source: string): void {
  const scheme = schemeOf(source);
  if (scheme === 'file' || (scheme === '' && source.startsWith('/')))
    throw new InputError(
      `Invalid prompt source: '${source}'. Local source paths are not allowed for prompts.`,
    );
  if (scheme !== '') checkRemoteSource(source);
}

/** A path must be absolute and must say where it leads, percent signs decoded as often as there are any. */
function checkRemoteSource(source: string): void {
  const decoded = decodeFully(source);
  const [, location = ''] = /^[a-z][a-z0-9+.-]*:(.*)$/is.exec(decoded) ?? [undefined, decoded];
  const path = location
    .replace(/^\/\/[^/?#]*/, '')
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
    .replaceAll(/\/+/g, '/');
  const isPlain = path.startsWith('/') && posix.normalize(path) === path;
  if (!isPlain || decoded.includes('\0') || decoded.split('/').includes('..'))
    throw new InputError(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
}

function decodeFully(text: string): string {
  const decoded = text
    .replaceAll('+', ' ')
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
  return decoded === text ? text : decodeFully(decoded);
}

function schemeOf(uri: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
}

/** Whether a URI names a file of this machine. @throws InputError for a file of another */
function isLocal(uri: string): boolean {
  const scheme = schemeOf(uri);
  if (scheme !== 'file') return scheme === '';
  const host = /^file:\/\/([^/?#]*)/i.exec(uri)?.[1] ?? '';
  if (host !== '' && host !== '.' && !host.startsWith('localhost') && !host.startsWith('127.0.0.1'))
    throw new InputError(
      `${uri} is not a valid remote uri. For remote access on windows, please consider using a different scheme such as SMB (e.g. smb://<hostname>/<path>).`,
    );
  return true;
}

async function isWithin(path: string, folder: string): Promise<boolean> {
  if (!isLocal(folder)) return false;
  const root = await realLocation(folder);
  return path === root || path.startsWith(`${root.replace(/\/$/, '')}/`);
}

/** The absolute path that a local URI or path leads to, links followed. */
async function realLocation(uri: string): Promise<string> {
  const path = resolve(schemeOf(uri) === 'file' ? localPath(uri) : uri);
  return await followLinks(path);
}

function localPath(uri: string): string {
  try {
    return fileURLToPath(new URL(uri.replace(/^file:\/\/[^/]*/i, 'file://')));
  } catch (error) {
    throw new InputError(`Invalid model version source: '${uri}'. Please provide an absolute path.`, {
      cause: error,
    });
  }
}

/** Links of the part of a path that exists, followed. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await followLinks(parent), basename(path));
  }
}
