// What a spool holds: one thing to be recorded in each line, as JSON.
import { z } from 'zod';
import { runStatuses } from '../entities.ts';

const tags = z.array(z.object({ key: z.string(), value: z.string() })).readonly();

/** JSON has no word for the numbers that are none. */
const numbers = z.record(
  z.string(),
  // Not an enum: the compiler writes the declaration of one with a key -Infinity that no compiler reads
  z.union([z.number(), z.literal(['NaN', 'Infinity', '-Infinity']).transform(Number)]),
);

const dataset = z.object({
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  source: z.string(),
  schema: z.string().optional(),
  profile: z.string().optional(),
});

const headerSchema = z.object({
  type: z.literal('run'),
  key: z.string().regex(/^[0-9a-f]{32}$/),
  destination: z.string(),
  identity: z.string(),
  experiment: z.string(),
  name: z.string(),
  userId: z.string(),
  startTime: z.number(),
  tags,
  runId: z.string().optional(),
});

const entrySchema = z.discriminatedUnion('type', [
  headerSchema,
  z.object({
    type: z.literal('metrics'),
    series: z.enum(['training', 'system']),
    step: z.number(),
    timestamp: z.number(),
    values: numbers,
  }),
  z.object({ type: z.literal('params'), params: tags }),
  z.object({ type: z.literal('tags'), tags }),
  z.object({ type: z.literal('inputs'), datasets: z.array(z.object({ dataset, tags })).readonly() }),
  z.object({ type: z.literal('artifact'), path: z.string(), file: z.string() }),
  z.object({ type: z.literal('status'), status: z.enum(runStatuses), endTime: z.number().optional() }),
]);

/**
 * The first line: the run itself.
 * - `key`: 32 hexadecimal digits that no other run has
 * - `destination`: where it is recorded, for whoever opens the target
 * - `identity`: tells one run from another that later has the same directory
 * - `runId`: a run that the tracker has already, and to which this is to be recorded
 */
export type SpoolHeader = z.output<typeof headerSchema>;

/** A line. The `file` of an artifact is relative to the spool's directory. */
export type SpoolEntry = z.output<typeof entrySchema>;

/** A line with its end. */
export function encodeEntry(entry: SpoolEntry): string {
  const text = JSON.stringify(entry, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return `${text}\n`;
}

/** The entry of a line; undefined for one that a crash or a full disk cut off. */
export function decodeEntry(line: string): SpoolEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
