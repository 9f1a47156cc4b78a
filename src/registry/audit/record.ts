// Writes the audit: one row for each change, in the transaction of the change. Nothing in the code changes or deletes one.
import type { RegistryTransaction } from '../context.ts';
import type { Change } from '../entities.ts';

/** What can have happened. */
export const auditActions = [
  'model.created',
  'model.renamed',
  'model.deleted',
  'model.restored',
  'model.purged',
  'model.stage',
  'version.created',
  'version.stage',
  'version.lifecycle',
  'version.deleted',
  'version.restored',
  'version.purged',
  'alias.set',
  'alias.moved',
  'alias.deleted',
] as const;
/** What can have happened to a model, a version or an alias. */
export type AuditAction = (typeof auditActions)[number];

/** What happened. `subject` is the alias, deployment or the like; `before` and `after` its value. */
export type AuditEvent = {
  readonly action: AuditAction;
  readonly model: { readonly id: number; readonly name: string };
  readonly version?: number;
  readonly subject?: string;
  readonly before?: string | number;
  readonly after?: string | number;
};

/** Writes one row. Times of one model never run backwards, whatever the clocks of several servers say. */
export async function recordChange(
  { db }: RegistryTransaction,
  event: AuditEvent,
  { by, reason, now }: Change & { readonly now: number },
): Promise<void> {
  const { action, model, version, subject, before, after } = event;
  const last = await db
    .selectFrom('registry_audit')
    .select('at')
    .where('model', '=', model.id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  await db
    .insertInto('registry_audit')
    .values({
      at: Math.max(now, last?.at ?? now),
      actor: by ?? null,
      reason: reason ?? null,
      action,
      model: model.id,
      name: model.name,
      version: version ?? null,
      subject: subject ?? null,
      before: before === undefined ? null : String(before),
      after: after === undefined ? null : String(after),
    })
    .execute();
}
