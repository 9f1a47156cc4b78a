// A run's directory: whose it is, its configuration, its metrics, its checkpoints.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fileError,
  fingerprint,
  InputError,
  isSystemError,
  removeStaleTemporaries,
  writeFileAtomic,
} from '../../core/index.ts';

/** What decides a run's numbers: settings, data, starting weights. */
export type RunIdentity = {
  readonly recipe: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fingerprint of the encoded examples. */
  readonly data: string;
  /** Fingerprint of the starting weights. */
  readonly weights: string;
};

export type OpenRunOptions = { readonly resume: boolean };

const identityFile = 'run.json';

/** A directory that belongs to one run. */
export type RunDirectory = {
  readonly path: string;
  readonly checkpoints: string;
  readonly metrics: string;
  readonly final: string;
  readonly summary: string;
  /** Evaluation before the first step, for a resumed run to report. */
  readonly evalBefore: string;
};

/**
 * Takes a directory for a run: a new or empty one, or with `resume` the same run's.
 * @throws InputError when it belongs to another run, or to this one and `resume` was not asked for
 */
export async function openRunDirectory(
  path: string,
  identity: RunIdentity,
  { resume }: OpenRunOptions,
): Promise<RunDirectory> {
  const entries = await listed(path);
  const known = await readIdentity(path);
  const id = fingerprint(identity);
  if (known !== undefined) {
    if (known.fingerprint !== id) {
      throw new InputError(
        `Cannot use output '${path}': it belongs to another run, which differs in ${differences(known.identity, identity)}; ` +
          'choose another output, or give the settings of that run',
      );
    }
    if (!resume) {
      throw new InputError(
        `Cannot start in output '${path}': this run was begun there before; add --resume to go on, or choose another output`,
      );
    }
  } else if (entries.length > 0) {
    throw new InputError(
      `Cannot use output '${path}': it is not empty and holds no run of Hone (${entries.slice(0, 3).join(', ')}); ` +
        'choose another output or empty it',
    );
  }
  await mkdir(join(path, 'checkpoints'), { recursive: true }).catch((error: unknown) => {
    throw fileError(`Cannot make the output directory '${path}'`, error);
  });
  await removeStaleTemporaries(path);
  await removeStaleTemporaries(join(path, 'checkpoints'));
  if (known === undefined) {
    await writeFileAtomic(
      join(path, identityFile),
      `${JSON.stringify({ fingerprint: id, identity }, null, 2)}\n`,
    );
  }
  return {
    path,
    checkpoints: join(path, 'checkpoints'),
    metrics: join(path, 'metrics.jsonl'),
    final: join(path, 'final'),
    summary: join(path, 'summary.json'),
    evalBefore: join(path, 'eval-before.json'),
  };
}

/** Gives a directory up that a run took but never used: a start that failed leaves nothing behind. */
export async function releaseRunDirectory({ path }: RunDirectory): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function listed(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(`Cannot use output '${path}'`, error);
  }
}

async function readIdentity(
  path: string,
): Promise<{ fingerprint: string; identity: RunIdentity } | undefined> {
  try {
    return JSON.parse(await readFile(join(path, identityFile), 'utf8')) as {
      fingerprint: string;
      identity: RunIdentity;
    };
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw new InputError(`Cannot read '${join(path, identityFile)}': it is damaged; choose another output`, {
      cause: error,
    });
  }
}

/** The settings, and the rest, in which two runs differ. */
function differences(known: RunIdentity, wanted: RunIdentity): string {
  const keys = new Set([...Object.keys(known.settings), ...Object.keys(wanted.settings)]);
  const settings = [...keys].filter(
    (key) => fingerprint(known.settings[key] ?? null) !== fingerprint(wanted.settings[key] ?? null),
  );
  const described = settings.map(
    (key) =>
      `${key} (${JSON.stringify(known.settings[key])} there, ${JSON.stringify(wanted.settings[key])} now)`,
  );
  if (known.recipe !== wanted.recipe)
    described.unshift(`recipe (${known.recipe} there, ${wanted.recipe} now)`);
  if (known.data !== wanted.data) described.push('the data');
  if (known.weights !== wanted.weights) described.push('the starting weights');
  return described.join(', ');
}
