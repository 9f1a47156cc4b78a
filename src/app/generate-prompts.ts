// Prompts from a file: a line each, or rows of any data format that has them.
import { readFile } from 'node:fs/promises';
import { fileError, InputError } from '../core/index.ts';
import { readRows } from '../data/index.ts';
import type { Message } from '../text/index.ts';
import type { Prompt } from './generate-model.ts';

/** Text files hold a prompt a line; data files (JSONL, JSON, CSV, Parquet, each also gzipped) `prompt` or `messages` a row. */
export async function readPrompts(file: string): Promise<Prompt[]> {
  const isText = /\.(txt|text|md|prompts)$/i.test(file) || !/\.\w+$/.test(file);
  const prompts = isText ? await readLines(file) : await readDataRows(file);
  if (prompts.length > 0) return prompts;
  throw new InputError(`Cannot read prompts from '${file}': it holds none; write one a line`);
}

/** The prompt as messages, after a system message; without one, as it is. */
export function withSystem(prompt: Prompt, system: string | undefined): Prompt {
  if (system === undefined) return prompt;
  const messages: readonly Message[] =
    typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  return [{ role: 'system', content: system }, ...messages];
}

async function readLines(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(`Cannot read '${file}'`, error);
  });
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

async function readDataRows(file: string): Promise<Prompt[]> {
  const prompts: Prompt[] = [];
  for await (const { row, origin } of readRows(file)) {
    const prompt = promptOf(row);
    if (prompt === undefined)
      throw new InputError('Cannot find a prompt: give a string or messages as `prompt`, or `messages`', {
        location: { file: origin.file, line: origin.line },
      });
    prompts.push(prompt);
  }
  return prompts;
}

/** `prompt`, or `messages` up to the last answer, which is what is asked for. */
function promptOf({ prompt, messages }: Readonly<Record<string, unknown>>): Prompt | undefined {
  if (typeof prompt === 'string') return prompt;
  const list = prompt ?? messages;
  if (!Array.isArray(list) || !list.every(isMessage)) return undefined;
  const asked = list.slice(0, list.findLastIndex(({ role }) => role !== 'assistant') + 1);
  return asked.length > 0 ? asked : undefined;
}

function isMessage(value: unknown): value is Message {
  return (
    typeof value === 'object' &&
    value !== null &&
    'role' in value &&
    typeof value.role === 'string' &&
    'content' in value &&
    (typeof value.content === 'string' || value.content === null)
  );
}
