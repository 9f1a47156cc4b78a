// The form of an upload, read as it comes: one file, and fields before it or behind it.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { InputError } from '../../../core/index.ts';
import { ParameterError } from '../../http/parse.ts';
import { Refusal } from '../../http/refusal.ts';

/** The values of a form's fields, by name. */
export type FormFields = ReadonlyMap<string, string>;

/** A form whose file has begun. */
export type UploadForm = {
  readonly filename: string;
  /** The file's bytes; fails where the client breaks off. To be read, or the form never ends. */
  readonly body: Readable;
  /** The fields that came before the file, and later all. */
  readonly fields: FormFields;
  /** Fulfilled at the end of the form, when all fields are there. */
  readonly whenRead: Promise<void>;
};

/** More than all fields that an upload can have. */
const limits = { fields: 20, fieldSize: 10_000, headerPairs: 50, headerSize: 16_384 } as const;

/**
 * Reads a form up to the beginning of its file.
 * @throws Refusal for a body that is no form; ParameterError for a form without a file
 */
export function readUploadForm(http: IncomingMessage): Promise<UploadForm> {
  const parser = openParser(http);
  const fields = new Map<string, string>();
  const { promise: whenRead, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for the file may never come to wait for the end.
  whenRead.catch(() => undefined);
  let file: Readable | undefined;
  const fail = (error: Error) => {
    http.unpipe(parser);
    reject(error);
    file?.destroy(error);
  };
  const begun = new Promise<UploadForm>((begin, refuse) => {
    parser.on('file', (name, body, filename) => {
      body.on('error', () => undefined);
      if (name !== 'file' || file !== undefined) {
        body.resume();
        fail(new ParameterError(name, `Unknown parameter: '${name}'; send one file, as 'file'`, 'unknown'));
        return;
      }
      file = body;
      begin({ filename: filename || 'unnamed', body, fields, whenRead });
    });
    whenRead.then(() => refuse(missing(fields)), refuse);
  });
  parser.on('field', (name, value) => fields.set(name, value));
  parser.on('fieldsLimit', () => fail(new InputError('Cannot read the form: it has too many fields')));
  parser.on('error', (error) => fail(brokenOff(error)));
  parser.on('finish', resolve);
  http.on('error', (error) => fail(brokenOff(error)));
  http.on('close', () => {
    if (!http.complete) fail(brokenOff());
  });
  http.pipe(parser);
  return begun;
}

function openParser(http: IncomingMessage): BusboyInstance {
  const type = http.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(type))
    throw new Refusal(
      'unsupported-type',
      `Cannot read the upload: its content type is '${type}'; send multipart/form-data`,
    );
  try {
    return new Busboy({ headers: { ...http.headers, 'content-type': type }, limits });
  } catch (error) {
    throw new InputError('Cannot read the upload: its content type names no boundary', { cause: error });
  }
}

function missing(fields: FormFields): ParameterError {
  if (!fields.has('file'))
    return new ParameterError('file', "Missing required parameter: 'file'.", 'missing');
  return new ParameterError('file', "Invalid value for 'file': it is a field; send it as a file with a name");
}

function brokenOff(error?: unknown): InputError {
  return new InputError('Cannot read the upload: its form broke off before the end; send it again', {
    cause: error,
  });
}
