// The fields of what MLflow servers answer, as zod reads them.
import { z } from 'zod';

/** Servers write 64-bit numbers as numbers or as texts. */
export const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);

/** JSON has no words for these three, and servers write them as texts. */
export const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);

/** Protobuf's JSON leaves an empty text, list or 0 away. */
export const text = z.string().default('');
export const pairs = z.array(z.object({ key: z.string(), value: text })).default([]);
export const lifecycle = z.enum(['active', 'deleted']).default('active');

/** One value of a metric. */
export const metricValue = z.object({
  key: z.string(),
  value: double.default(0),
  timestamp: integer.default(0),
  step: integer.default(0),
});

/** An experiment, in our names. */
export const experiment = z
  .object({
    experiment_id: z.string(),
    name: z.string(),
    artifact_location: text,
    lifecycle_stage: lifecycle,
    creation_time: integer.default(0),
    last_update_time: integer.default(0),
    tags: pairs,
  })
  .transform((one) => ({
    id: one.experiment_id,
    name: one.name,
    artifactLocation: one.artifact_location,
    lifecycle: one.lifecycle_stage,
    createdAt: one.creation_time,
    updatedAt: one.last_update_time,
    tags: one.tags,
  }));
