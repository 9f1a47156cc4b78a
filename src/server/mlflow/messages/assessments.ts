// The messages about assessments, and ours as theirs.
import { InputError } from '../../../core/index.ts';
import {
  type Assessment,
  type AssessmentContent,
  type AssessmentError,
  assessmentSourceTypes,
  type NewAssessment,
  parseJson,
  pythonJson,
} from '../../../tracking/index.ts';
import { bool, enumeration, type Infer, message, type Output, string } from '../wire/index.ts';
import { freeValue, isStructure, textMap, timestamp } from './trace-fields.ts';

const jsonFormat = 'JSON_FORMAT';

const errorMessage = message({ error_code: string(), error_message: string(), stack_trace: string() });

export const assessmentMessage = message({
  assessment_id: string(),
  assessment_name: string(),
  trace_id: string(),
  span_id: string(),
  source: message({ source_type: enumeration(assessmentSourceTypes, { first: 0 }), source_id: string() }),
  create_time: timestamp,
  last_update_time: timestamp,
  feedback: message({ value: freeValue, error: errorMessage }),
  expectation: message({
    value: freeValue,
    serialized_value: message({ serialization_format: string(), value: string() }),
  }),
  rationale: string(),
  error: errorMessage,
  metadata: textMap,
  overrides: string(),
  valid: bool(),
  issue: message({ issue_name: string() }),
});

type AssessmentMessage = Infer<typeof assessmentMessage>;

export function toAssessmentMessage(assessment: Assessment): Output<typeof assessmentMessage> {
  const { metadata = {} } = assessment;
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    span_id: assessment.spanId,
    source: { source_type: assessment.source.type, source_id: assessment.source.id },
    create_time: assessment.createdAt,
    last_update_time: assessment.updatedAt,
    ...toContentMessage(assessment.content),
    rationale: assessment.rationale,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
    overrides: assessment.overrides,
    valid: assessment.valid,
  };
}

/** An assessment of a request. @throws InputError where it says nothing */
export function fromAssessmentMessage(request: AssessmentMessage): NewAssessment {
  const { metadata = {} } = request;
  return {
    assessmentId: request.assessment_id || undefined,
    name: request.assessment_name ?? '',
    source: {
      type: request.source?.source_type ?? 'SOURCE_TYPE_UNSPECIFIED',
      id: request.source?.source_id || undefined,
    },
    content: contentOf(request),
    rationale: request.rationale || undefined,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
    spanId: request.span_id || undefined,
    createdAt: request.create_time,
    updatedAt: request.last_update_time,
    overrides: request.overrides || undefined,
  };
}

/** What an assessment of a request says. @throws InputError where it says nothing */
export function contentOf({ feedback, expectation, issue }: AssessmentMessage): AssessmentContent {
  if (expectation !== undefined) return { kind: 'expectation', value: expectedValue(expectation) };
  if (issue !== undefined) return { kind: 'issue', issueName: issue.issue_name ?? '' };
  if (feedback === undefined) throw new InputError('Unknown assessment type: None');
  const { value, error } = feedback;
  if (value === undefined && error === undefined)
    throw new InputError('Either `value` or `error` must be provided.');
  return { kind: 'feedback', value: value ?? null, error: error && errorOf(error) };
}

function expectedValue({
  value,
  serialized_value: serialized,
}: NonNullable<AssessmentMessage['expectation']>) {
  if (serialized !== undefined) {
    if (serialized.serialization_format !== jsonFormat)
      throw new InputError(
        `Unknown serialization format: ${serialized.serialization_format ?? ''}. Only JSON_FORMAT is supported.`,
      );
    try {
      return parseJson(serialized.value ?? '');
    } catch {
      throw new InputError('Cannot read the expectation: its serialized value is no JSON');
    }
  }
  if (value === undefined) throw new InputError('The `value` field must be specified.');
  return value;
}

function errorOf(error: Infer<typeof errorMessage>): AssessmentError {
  return {
    code: error.error_code ?? '',
    message: error.error_message || undefined,
    stackTrace: error.stack_trace || undefined,
  };
}

function toContentMessage(
  content: AssessmentContent,
): Pick<Output<typeof assessmentMessage>, 'feedback' | 'expectation' | 'issue'> {
  if (content.kind === 'issue') return { issue: { issue_name: content.issueName } };
  const { value } = content;
  if (content.kind === 'expectation')
    return isStructure(value)
      ? {
          expectation: {
            serialized_value: { serialization_format: jsonFormat, value: pythonJson(value, { ascii: true }) },
          },
        }
      : { expectation: { value } };
  return { feedback: { value, error: content.error && toErrorMessage(content.error) } };
}

function toErrorMessage({ code, message: said, stackTrace }: AssessmentError): Output<typeof errorMessage> {
  return { error_code: code, error_message: said, stack_trace: stackTrace };
}
