// An assessment as a row.
import { randomUUID } from 'node:crypto';
import { InputError } from '../../core/index.ts';
import type { Value } from '../../store/index.ts';
import type { Assessment, AssessmentContent, AssessmentError, NewAssessment, TextMap } from './entities.ts';
import { parseJson, pythonJson } from './json-text.ts';
import { traceMetadata } from './keys.ts';
import type { TraceTables } from './tables.ts';

/** A row as it is read. */
export type AssessmentRow = Omit<TraceTables['assessments'], 'id'>;

/** The metadata that names the run in which an assessment was made. */
const sourceRun = 'mlflow.assessment.sourceRunId';

export const insertAssessments = {
  into: 'assessments',
  columns: {
    assessment_id: 'text',
    trace: 'bigint',
    kind: 'text',
    name: 'text',
    value: 'text',
    error: 'text',
    created_at: 'bigint',
    updated_at: 'bigint',
    source_type: 'text',
    source_id: 'text',
    run_id: 'text',
    span_id: 'text',
    rationale: 'text',
    overrides: 'text',
    valid: 'smallint',
    metadata: 'text',
    session_scoped: 'smallint',
  },
  onConflict: 'on conflict (assessment_id) do nothing',
} as const;

/** What goes into the table for a new assessment. */
export function newAssessmentRow(trace: number, assessment: NewAssessment): AssessmentRow {
  const now = Date.now();
  checkName(assessment.name);
  return {
    ...contentColumns(assessment.content),
    ...metadataColumns(assessment.metadata),
    assessment_id: assessment.assessmentId ?? `a-${randomUUID().replaceAll('-', '')}`,
    trace,
    name: assessment.name,
    created_at: assessment.createdAt ?? now,
    updated_at: assessment.updatedAt ?? now,
    source_type: assessment.source.type,
    source_id: assessment.source.id ?? null,
    span_id: assessment.spanId ?? null,
    rationale: assessment.rationale ?? null,
    overrides: assessment.overrides ?? null,
    valid: 1,
  };
}

/** The values of {@link insertAssessments}. */
export function assessmentValues(row: AssessmentRow): readonly Value[] {
  return [
    row.assessment_id,
    row.trace,
    row.kind,
    row.name,
    row.value,
    row.error,
    row.created_at,
    row.updated_at,
    row.source_type,
    row.source_id,
    row.run_id,
    row.span_id,
    row.rationale,
    row.overrides,
    row.valid,
    row.metadata,
    row.session_scoped,
  ];
}

export function toAssessment(traceId: string, row: AssessmentRow): Assessment {
  return {
    assessmentId: row.assessment_id,
    traceId,
    name: row.name,
    source: { type: row.source_type, id: row.source_id ?? undefined },
    content: toContent(row),
    rationale: row.rationale ?? undefined,
    // Written by metadataColumns alone.
    metadata: row.metadata === null ? undefined : (JSON.parse(row.metadata) as TextMap),
    spanId: row.span_id ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    overrides: row.overrides ?? undefined,
    valid: row.valid === 1,
  };
}

/** The columns that hold what is said. */
export function contentColumns(content: AssessmentContent): Pick<AssessmentRow, 'kind' | 'value' | 'error'> {
  const { kind } = content;
  if (kind === 'issue') return { kind, value: pythonJson(content.issueName), error: null };
  const error = kind === 'feedback' && content.error !== undefined ? JSON.stringify(content.error) : null;
  return { kind, value: pythonJson(content.value), error };
}

/** The columns that metadata fill. */
export function metadataColumns(
  metadata: TextMap | undefined,
): Pick<AssessmentRow, 'metadata' | 'run_id' | 'session_scoped'> {
  const isThere = metadata !== undefined && Object.keys(metadata).length > 0;
  return {
    metadata: isThere ? JSON.stringify(metadata) : null,
    run_id: metadata?.[sourceRun] ?? null,
    session_scoped: isThere && traceMetadata.session in metadata ? 1 : 0,
  };
}

/** @throws InputError for a name that is empty or too long */
export function checkName(name: string): void {
  if (name === '') throw new InputError('Cannot log an assessment without a name; give assessment_name');
  if (name.length > 250)
    throw new InputError(
      `Cannot log an assessment with a name of ${name.length} characters; 250 are allowed`,
    );
}

function toContent({ kind, value, error }: AssessmentRow): AssessmentContent {
  const parsed = parseJson(value);
  if (kind === 'issue') return { kind, issueName: typeof parsed === 'string' ? parsed : '' };
  if (kind === 'expectation') return { kind, value: parsed };
  // Written by contentColumns alone.
  return { kind, value: parsed, error: error === null ? undefined : (JSON.parse(error) as AssessmentError) };
}
