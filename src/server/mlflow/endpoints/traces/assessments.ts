// traces/{trace_id}/assessments: created, read, changed and deleted.
import { InputError } from '../../../../core/index.ts';
import type { AssessmentChange } from '../../../../tracking/index.ts';
import { endpoint } from '../../endpoint.ts';
import {
  assessmentMessage,
  contentOf,
  fromAssessmentMessage,
  toAssessmentMessage,
} from '../../messages/assessments.ts';
import { fieldMask } from '../../messages/trace-fields.ts';
import { type Infer, required, string } from '../../wire/index.ts';

const path = '/api/3.0/mlflow/traces/{trace_id}/assessments';
const ids = { trace_id: required(string()), assessment_id: required(string()) };

export const createAssessment = endpoint({
  route: `POST ${path}`,
  request: { trace_id: required(string()), assessment: required(assessmentMessage) },
  response: { assessment: assessmentMessage },
  handle: async ({ request, context }) => {
    const assessment = fromAssessmentMessage(request.assessment);
    const created = await context.tracking.tracing.assessments.create(request.trace_id, assessment);
    return { assessment: toAssessmentMessage(created) };
  },
});

export const getAssessment = endpoint({
  route: `GET ${path}/{assessment_id}`,
  request: ids,
  response: { assessment: assessmentMessage },
  handle: async ({ request, context }) => {
    const found = await context.tracking.tracing.assessments.get(request.trace_id, request.assessment_id);
    return { assessment: toAssessmentMessage(found) };
  },
});

export const updateAssessment = endpoint({
  route: `PATCH ${path}/{assessment_id}`,
  request: { ...ids, assessment: required(assessmentMessage), update_mask: required(fieldMask) },
  response: { assessment: assessmentMessage },
  handle: async ({ request, context }) => {
    const change = changeOf(request.assessment, request.update_mask);
    const { assessments } = context.tracking.tracing;
    return {
      assessment: toAssessmentMessage(
        await assessments.update(request.trace_id, request.assessment_id, change),
      ),
    };
  },
});

export const deleteAssessment = endpoint({
  route: `DELETE ${path}/{assessment_id}`,
  request: ids,
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.tracing.assessments.delete(request.trace_id, request.assessment_id);
  },
});

/** What of an assessment is to be changed. Fields that MLflow does not change are passed over. */
function changeOf(given: Infer<typeof assessmentMessage>, mask: readonly string[]): AssessmentChange {
  const fields = new Set(mask.map((field) => field.split('.')[0]));
  if (fields.has('expectation') && fields.has('feedback'))
    throw new InputError('Cannot specify both `expectation` and `feedback` parameters.');
  return {
    ...(fields.has('assessment_name') && { name: given.assessment_name ?? '' }),
    ...((fields.has('expectation') || fields.has('feedback')) && { content: contentOf(given) }),
    ...(fields.has('rationale') && { rationale: given.rationale ?? '' }),
    ...(fields.has('metadata') && { metadata: given.metadata ?? {} }),
  };
}
