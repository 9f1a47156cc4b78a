// Takes an upload: from the form straight into the store, looked at on the way.
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { type FileRecord, type Files, FileTooLargeError, largestFile } from '../../../files/index.ts';
import type { HttpCall } from '../../http/call.ts';
import { ParameterError } from '../../http/parse.ts';
import { JsonLinesCheck } from './json-lines-check.ts';
import { type FormFields, readUploadForm } from './upload-form.ts';

/** What a file may be for. */
export const purposes = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
const fieldNames = ['purpose', 'expires_after[anchor]', 'expires_after[seconds]'];
/** Of the form around the file, in bytes. */
const formMargin = 2 ** 20;
/** For so long a client that is refused may go on sending, in ms: one that is cut off does not read its answer. */
const patience = 30_000;

/** Keeps the file of a request's form. @throws what is wrong with it; nothing is kept then */
export async function upload({ http, principal }: HttpCall, files: Files): Promise<FileRecord> {
  if (Number(http.headers['content-length'] ?? 0) > largestFile + formMargin)
    throw new FileTooLargeError('file', largestFile);
  try {
    const { filename, body, fields, whenRead } = await readUploadForm(http);
    const check = new JsonLinesCheck();
    const file = { owner: principal.owner, filename, purpose: 'fine-tune' };
    return await files.create(file, body, {
      onChunk(chunk) {
        if (fields.has('purpose') && purposeOf(fields) !== 'fine-tune') return;
        check.push(chunk);
        // Before the purpose is known, a fault may be none.
        if (check.fault !== undefined && fields.has('purpose')) throw check.fault;
      },
      async atEnd() {
        await whenRead;
        const details = detailsOf(fields);
        if (details.purpose === 'fine-tune') check.finish();
        return { ...details, status: 'processed' };
      },
    });
  } catch (error) {
    await readOn(http);
    throw error;
  }
}

function detailsOf(fields: FormFields): { readonly purpose: string; readonly expiresAt?: number } {
  const unknown = [...fields.keys()].find((name) => !fieldNames.includes(name));
  if (unknown !== undefined) throw new ParameterError(unknown, `Unknown parameter: '${unknown}'.`, 'unknown');
  const purpose = purposeOf(fields);
  const seconds = lifetimeOf(fields);
  return { purpose, ...(seconds !== undefined && { expiresAt: Math.floor(Date.now() / 1000) + seconds }) };
}

function purposeOf(fields: FormFields): string {
  const given = fields.get('purpose');
  if (given === undefined)
    throw new ParameterError('purpose', "Missing required parameter: 'purpose'.", 'missing');
  if (purposes.some((one) => one === given)) return given;
  throw new ParameterError(
    'purpose',
    `Invalid value for 'purpose': '${given.slice(0, 100)}'; give one of ${purposes.join(', ')}`,
  );
}

/** In seconds. */
function lifetimeOf(fields: FormFields): number | undefined {
  const anchor = fields.get('expires_after[anchor]');
  const seconds = fields.get('expires_after[seconds]');
  if (anchor === undefined && seconds === undefined) return undefined;
  if (anchor !== 'created_at')
    throw new ParameterError(
      'expires_after.anchor',
      `Invalid value for 'expires_after.anchor': '${anchor ?? ''}'; give 'created_at'`,
    );
  const number = /^\d{1,8}$/.test(seconds ?? '') ? Number(seconds) : 0;
  if (number >= 3600 && number <= 2_592_000) return number;
  throw new ParameterError(
    'expires_after.seconds',
    `Invalid value for 'expires_after.seconds': '${seconds ?? ''}'; give a whole number from 3600 to 2592000`,
  );
}

/** Reads on for a while without keeping anything. */
async function readOn(http: IncomingMessage): Promise<void> {
  http.unpipe();
  http.resume();
  if (http.complete || http.destroyed) return;
  await finished(http, { writable: false, signal: AbortSignal.timeout(patience) }).catch(() => undefined);
}
