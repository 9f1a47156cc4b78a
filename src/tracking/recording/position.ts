// How much of a spool has been delivered.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../core/index.ts';
import { positionFile } from './spool-files.ts';

const positionSchema = z.object({
  offset: z.int().min(0),
  runId: z.string().optional(),
  refused: z.int().min(0),
});

/** `offset`: bytes of the spool that are done with; `runId`: as the target knows the run; `refused`: entries that it did not take. */
export type Position = z.output<typeof positionSchema>;

/** The position; that of a new spool where none can be read: saying things again changes nothing. */
export function readPosition(directory: string): Position {
  try {
    return positionSchema.parse(JSON.parse(readFileSync(join(directory, positionFile), 'utf8')));
  } catch {
    return { offset: 0, refused: 0 };
  }
}

export async function writePosition(directory: string, position: Position): Promise<void> {
  await writeFileAtomic(join(directory, positionFile), `${JSON.stringify(position)}\n`);
}
