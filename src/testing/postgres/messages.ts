// What a test process and the supervisor of its PostgreSQL tell each other.
import { z } from 'zod';

/** To the supervisor: start a server; or kill it without warning and start it again on the same data. */
export const requestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), fsync: z.boolean(), password: z.string() }),
  z.object({ type: z.literal('crash') }),
]);
export type SupervisorRequest = z.infer<typeof requestSchema>;

/** The server to start. */
export type SupervisorTask = Extract<SupervisorRequest, { type: 'start' }>;

/** From the supervisor: the server takes connections, or cannot be had. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), port: z.number(), pid: z.number() }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);
export type SupervisorReport = z.infer<typeof reportSchema>;

/** The superuser of the servers that tests start. */
export const superuser = 'hone';
