// Assessments: said, changed, overridden and taken back.
import type { Kysely } from 'kysely';
import { InputError, NotFoundError } from '../../core/index.ts';
import type { Tables } from '../../store/index.ts';
import {
  type AssessmentRow,
  assessmentValues,
  checkName,
  contentColumns,
  insertAssessments,
  metadataColumns,
  newAssessmentRow,
  toAssessment,
} from './assessment-row.ts';
import type { Assessment, AssessmentChange, NewAssessment } from './entities.ts';
import type { TraceTables } from './tables.ts';
import { findTraces } from './trace-rows.ts';

/** Assessments of a database. Errors: NotFoundError, InputError. */
export class Assessments {
  readonly #tables: Tables<TraceTables>;

  constructor(tables: Tables<TraceTables>) {
    this.#tables = tables;
  }

  /** Adds an assessment; the one that it overrides is no longer valid then. */
  async create(traceId: string, assessment: NewAssessment): Promise<Assessment> {
    return this.#tables.write(async ({ db, insertMany }) => {
      const [trace] = await findTraces(db, [traceId]);
      if (trace === undefined) throw new NotFoundError(`Trace with ID '${traceId}' not found.`);
      const row = newAssessmentRow(trace.id, { ...assessment, assessmentId: undefined });
      if (
        row.overrides !== null &&
        !(await setValid(db, { trace: trace.id, assessmentId: row.overrides, valid: 0 }))
      )
        throw new NotFoundError(`Assessment with ID '${row.overrides}' not found for trace '${traceId}'`);
      await insertMany(insertAssessments, [assessmentValues(row)]);
      return toAssessment(traceId, row);
    });
  }

  async get(traceId: string, assessmentId: string): Promise<Assessment> {
    return toAssessment(traceId, await findAssessment(this.#tables.db, traceId, assessmentId));
  }

  /** Changes an assessment; its source, its span and its kind stay. */
  async update(traceId: string, assessmentId: string, change: AssessmentChange): Promise<Assessment> {
    if (change.name !== undefined) checkName(change.name);
    return this.#tables.write(async ({ db }) => {
      const row = await findAssessment(db, traceId, assessmentId);
      refuseOtherKind(row, change);
      const { metadata } = toAssessment(traceId, row);
      const merged =
        metadata === undefined && change.metadata === undefined
          ? undefined
          : { ...metadata, ...change.metadata };
      const changed = {
        ...(change.content !== undefined && contentColumns(change.content)),
        ...metadataColumns(merged),
        name: change.name ?? row.name,
        // An expectation has no reasons: MLflow drops them at any change.
        rationale: row.kind === 'expectation' ? null : (change.rationale ?? row.rationale),
        run_id: row.run_id,
        updated_at: Date.now(),
      };
      await db.updateTable('assessments').set(changed).where('assessment_id', '=', assessmentId).execute();
      return toAssessment(traceId, { ...row, ...changed });
    });
  }

  /** Deletes an assessment if it is there; the one that it overrode is valid again. */
  async delete(traceId: string, assessmentId: string): Promise<void> {
    await this.#tables.write(async ({ db }) => {
      const [trace] = await findTraces(db, [traceId]);
      const row = await db
        .deleteFrom('assessments')
        .where('trace', '=', trace?.id ?? -1)
        .where('assessment_id', '=', assessmentId)
        .returning(['trace', 'overrides'])
        .executeTakeFirst();
      if (row !== undefined && row.overrides !== null)
        await setValid(db, { trace: row.trace, assessmentId: row.overrides, valid: 1 });
    });
  }
}

async function findAssessment(
  db: Kysely<TraceTables>,
  traceId: string,
  assessmentId: string,
): Promise<AssessmentRow> {
  const [trace] = await findTraces(db, [traceId]);
  if (trace === undefined) throw new NotFoundError(`Trace with request_id '${traceId}' not found`);
  const row = await db
    .selectFrom('assessments')
    .selectAll()
    .where('trace', '=', trace.id)
    .where('assessment_id', '=', assessmentId)
    .executeTakeFirst();
  if (row === undefined)
    throw new NotFoundError(`Assessment with ID '${assessmentId}' not found for trace '${traceId}'`);
  return row;
}

/** Whether there was such an assessment. */
async function setValid(
  db: Kysely<TraceTables>,
  {
    trace,
    assessmentId,
    valid,
  }: { readonly trace: number; readonly assessmentId: string; readonly valid: 0 | 1 },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('assessments')
    .set({ valid })
    .where('trace', '=', trace)
    .where('assessment_id', '=', assessmentId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function refuseOtherKind({ kind }: AssessmentRow, { content }: AssessmentChange): void {
  if (content === undefined || content.kind === kind) return;
  const owner = { feedback: 'a Feedback', expectation: 'an Expectation', issue: 'an Issue' }[kind];
  throw new InputError(`Cannot update ${content.kind} value on ${owner} assessment.`);
}
