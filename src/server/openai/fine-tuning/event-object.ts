// What happened to a fine-tuning job, as OpenAI's clients see it.
import type { JobEvent } from '../../../jobs/index.ts';
import { ParameterError } from '../../http/parse.ts';

const prefix = 'ftevent-';

export function eventObject(jobId: string, event: JobEvent) {
  return {
    object: 'fine_tuning.job.event' as const,
    id: `${prefix}${shortId(jobId)}-${event.number}`,
    created_at: Math.floor(event.at / 1000),
    level: event.level,
    message: event.message,
    type: event.type === 'metrics' ? ('metrics' as const) : ('message' as const),
    data: event.data ?? {},
  };
}

/** The number of the event of an id. @throws ParameterError for what is no event of this job */
export function eventNumber(jobId: string, id: string): number {
  const start = `${prefix}${shortId(jobId)}-`;
  const number = id.startsWith(start) ? id.slice(start.length) : '';
  if (/^\d{1,15}$/.test(number)) return Number(number);
  throw new ParameterError(
    'after',
    `Invalid value for 'after': '${id.slice(0, 200)}' is no event of this job; give the id of one`,
  );
}

function shortId(jobId: string): string {
  return jobId.replace(/^ftjob-/, '');
}
