// A run's directory: whose it is, its configuration, its metrics, its checkpoints.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fileError,
  fingerprint,
  InputError,
  isSystemError,
  removeStaleTemporaries,
  writeFileAtomic,
} from '../../core/index.ts';
import { lockRun } from './run-lock.ts';

/** What decides a run's numbers: settings, data, starting weights. */
export type RunIdentity = {
  readonly recipe: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fingerprint of the encoded examples. */
  readonly data: string;
  /** Fingerprint of the starting weights. */
  readonly weights: string;
  /** Fingerprint of the reference's weights, for recipes that have one. */
  readonly reference?: string;
};

export type OpenRunOptions = { readonly identity: RunIdentity; readonly resume: boolean };

const identityFile = 'run.json';

/** A directory that belongs to one run. */
export type RunDirectory = {
  readonly path: string;
  readonly identity: RunIdentity;
  /** Of the identity: the same for runs that give the same numbers. */
  readonly fingerprint: string;
  readonly checkpoints: string;
  readonly metrics: string;
  readonly final: string;
  readonly summary: string;
  /** Evaluation before the first step, for a resumed run to report. */
  readonly evalBefore: string;
};

/**
 * Takes a directory for a run while `work` goes on: a new or empty one, with `resume` the same run's, or that of a
 * run that came to nothing.
 * @throws InputError when another process trains there, when it belongs to another run, or to this one and `resume`
 *   was not asked for
 */
export async function inRunDirectory<T>(
  path: string,
  { identity, resume }: OpenRunOptions,
  work: (directory: RunDirectory) => Promise<T>,
): Promise<T> {
  await refuseForeign(path);
  await mkdir(join(path, 'checkpoints'), { recursive: true }).catch((error: unknown) => {
    throw fileError(`Cannot make the output directory '${path}'`, error);
  });
  const release = await lockRun(join(path, 'run.lock'), path);
  try {
    await refuseOtherRun(path, { identity, resume });
    await removeStaleTemporaries(path);
    await removeStaleTemporaries(join(path, 'checkpoints'));
    const known = { fingerprint: fingerprint(identity), identity };
    await writeFileAtomic(join(path, identityFile), `${JSON.stringify(known, null, 2)}\n`);
    return await work({
      path,
      ...known,
      checkpoints: join(path, 'checkpoints'),
      metrics: join(path, 'metrics.jsonl'),
      final: join(path, 'final'),
      summary: join(path, 'summary.json'),
      evalBefore: join(path, 'eval-before.json'),
    });
  } finally {
    release();
  }
}

/** A directory with files but no run of Hone is somebody's: nothing is put into it. */
async function refuseForeign(path: string): Promise<void> {
  const entries = await listed(path);
  if (entries.length === 0 || entries.includes(identityFile) || entries.includes('run.lock')) return;
  throw new InputError(
    `Cannot use output '${path}': it is not empty and holds no run of Hone (${entries.slice(0, 3).join(', ')}); ` +
      'choose another output or empty it',
  );
}

async function refuseOtherRun(path: string, { identity, resume }: OpenRunOptions): Promise<void> {
  const known = await readIdentity(path);
  if (known === undefined || !(await hasResults(path))) return;
  if (known.fingerprint !== fingerprint(identity)) {
    throw new InputError(
      `Cannot use output '${path}': it belongs to another run, which differs in ${differences(known.identity, identity)}; ` +
        'choose another output, or give the settings of that run',
    );
  }
  if (resume) return;
  throw new InputError(
    `Cannot start in output '${path}': this run was begun there before; add --resume to go on, or choose another output`,
  );
}

/** Whether a run got as far as a checkpoint or its end: something that could be lost. */
async function hasResults(path: string): Promise<boolean> {
  if ((await listed(path)).includes('final')) return true;
  return (await listed(join(path, 'checkpoints'))).some((name) => !name.includes('.tmp'));
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
  if (known.reference !== wanted.reference) described.push('the reference model');
  return described.join(', ');
}
