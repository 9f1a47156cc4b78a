// Reads the audit: what happened to a model, and how it stood on a given day.
import type { Selectable } from 'kysely';
import type { RegistryContext } from '../context.ts';
import type { RegistryTables } from '../tables.ts';
import { type AuditAction, auditActions } from './record.ts';
import { applyEntry, type ModelState, newState } from './state.ts';

/** What happened once. `name` is the model's name at that time; `modelId` tells apart models that had the same name in turn. */
export type AuditEntry = {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: string | undefined;
  readonly reason: string | undefined;
  readonly action: AuditAction;
  readonly modelId: number;
  readonly name: string;
  readonly version: number | undefined;
  readonly subject: string | undefined;
  readonly before: string | undefined;
  readonly after: string | undefined;
};

/** Which entries to list, newest first. */
export type HistoryQuery = {
  /** A name that the model has or had. */
  readonly model?: string | undefined;
  readonly limit?: number | undefined;
  /** The `id` of the last entry of the page before. */
  readonly before?: number | undefined;
};

/** The audit of a registry: read here, written by the changes, never changed. */
export class Audit {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** What happened, newest first: to one model under all its names, or to all. */
  async history({ model, limit = 100, before }: HistoryQuery = {}): Promise<readonly AuditEntry[]> {
    const { db } = this.#context.tables;
    let query = db.selectFrom('registry_audit').selectAll().orderBy('id', 'desc').limit(limit);
    if (model !== undefined) query = query.where('model', 'in', this.#idsOf(model));
    if (before !== undefined) query = query.where('id', '<', before);
    return (await query.execute()).map(entryOf);
  }

  /** How the model that had this name at that time (ms since 1970) stood then; undefined where none had it. */
  async stateAt(model: string, at: number): Promise<ModelState | undefined> {
    const { db } = this.#context.tables;
    const query = db.selectFrom('registry_audit').selectAll().where('model', 'in', this.#idsOf(model));
    const rows = await query.where('at', '<=', at).orderBy('id').execute();
    const states = [...Map.groupBy(rows.map(entryOf), ({ modelId }) => modelId).values()].map(replay);
    return states.findLast((state) => state.isLive && state.name === model);
  }

  #idsOf(name: string) {
    return this.#context.tables.db.selectFrom('registry_audit').select('model').where('name', '=', name);
  }
}

function replay(entries: readonly AuditEntry[]): ModelState {
  return entries.reduce(applyEntry, newState());
}

function entryOf(row: Selectable<RegistryTables['registry_audit']>): AuditEntry {
  const action = auditActions.find((known) => known === row.action);
  if (action === undefined) throw new TypeError(`The audit holds an unknown action '${row.action}'`);
  return {
    id: row.id,
    at: row.at,
    by: row.actor ?? undefined,
    reason: row.reason ?? undefined,
    action,
    modelId: row.model,
    name: row.name,
    version: row.version ?? undefined,
    subject: row.subject ?? undefined,
    before: row.before ?? undefined,
    after: row.after ?? undefined,
  };
}
