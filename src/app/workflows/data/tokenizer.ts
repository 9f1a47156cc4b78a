// The tokenizer and the context length of a model's directory.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../core/index.ts';
import { modelFromConfig } from '../../../models/index.ts';
import { Tokenizer } from '../../../text/index.ts';

/** Opens a tokenizer; `maxLength` is known where a config.json of a known model lies beside it. */
export async function openTokenizer(
  directory: string,
): Promise<{ readonly tokenizer: Tokenizer; readonly maxLength: number | undefined }> {
  const tokenizer = await Tokenizer.fromDirectory(directory);
  return { tokenizer, maxLength: await contextLength(directory) };
}

async function contextLength(directory: string): Promise<number | undefined> {
  const file = join(directory, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return modelFromConfig(JSON.parse(text), file).maxLength;
  } catch (error) {
    // A model that cannot be trained here may still lend its tokenizer
    if (error instanceof InputError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
