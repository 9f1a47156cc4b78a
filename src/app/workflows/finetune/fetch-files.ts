// Brings a job's files from the store into its directory.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AtomicFile, NotFoundError } from '../../../core/index.ts';
import type { Files } from '../../../files/index.ts';
import { JobFault } from '../../job-process/index.ts';
import type { FineTuneSpec } from './spec.ts';
import type { FetchedFile } from './validate.ts';

/** What a file is called in the job's directory, by what it is for; its ending follows from its own name. */
const names = { training_file: 'training', validation_file: 'validation' } as const;
const endings = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.gz|\.zst)?$/i;

/** A file as it was uploaded, and where it lies now. */
export type JobFile = FetchedFile & { readonly id: string };

/** Fetches the files, as a stream, unless they are there. @throws JobFault for one that is gone */
export async function fetchFiles(
  files: Files,
  {
    spec,
    owner,
    directory,
  }: { readonly spec: FineTuneSpec; readonly owner: string; readonly directory: string },
): Promise<readonly JobFile[]> {
  const wanted = [
    { id: spec.trainingFile, param: 'training_file' },
    ...(spec.validationFile === null ? [] : [{ id: spec.validationFile, param: 'validation_file' } as const]),
  ] as const;
  await mkdir(directory, { recursive: true });
  const fetched: JobFile[] = [];
  for (const { id, param } of wanted) {
    const path =
      (await fetchedBefore(directory, names[param])) ??
      (await fetchFile(files, { id, param, owner, directory }));
    fetched.push({ id, param, path });
  }
  return fetched;
}

/** A file that an earlier start of the job fetched: the record may be gone by now. */
async function fetchedBefore(directory: string, name: string): Promise<string | undefined> {
  const found = (await readdir(directory)).find(
    (entry) => entry.startsWith(`${name}.`) && endings.test(entry),
  );
  return found && join(directory, found);
}

type Wanted = Pick<JobFile, 'id' | 'param'> & { readonly owner: string; readonly directory: string };

async function fetchFile(files: Files, { id, owner, param, directory }: Wanted): Promise<string> {
  const { file, stream } = await files.open(id, { owner }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw new JobFault(`The file '${id}' is gone: it was deleted or has expired; upload it again`, {
      code: `invalid_${param}`,
      param,
    });
  });
  const path = join(directory, names[param] + (endings.exec(file.filename)?.[0].toLowerCase() ?? '.jsonl'));
  const target = await AtomicFile.create(path);
  try {
    for await (const chunk of stream) await target.write(chunk);
    await target.commit();
    return path;
  } catch (error) {
    await target.discard();
    throw error;
  }
}
