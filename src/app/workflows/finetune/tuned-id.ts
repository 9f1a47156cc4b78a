// What a job's models are called: the same name however often the job is started.
import { sha256 } from '../../../core/index.ts';

/** What names a tuned model. */
export type TunedIdParts = {
  /** The base model's name. */
  readonly base: string;
  readonly owner: string;
  readonly suffix: string | null;
  readonly jobId: string;
};

/** `ft:BASE:OWNER:SUFFIX:` and 8 letters or digits that follow from the job. */
export function tunedModelId({ base, owner, suffix, jobId }: TunedIdParts): string {
  const number = BigInt(`0x${sha256(jobId).slice(0, 16)}`);
  const random = number.toString(36).padStart(13, '0').slice(-8);
  return ['ft', base, namePart(owner), namePart(suffix ?? ''), random].join(':');
}

/** The id of the model that a checkpoint is. */
export function checkpointModelId(tuned: string, step: number): string {
  return `${tuned}:ckpt-step-${step}`;
}

/** The base's name in the id of a tuned model, or of its checkpoint; undefined for other ids. Bases' names may have colons. */
export function baseInTunedId(id: string): string | undefined {
  return /^ft:(.+):[^:]*:[^:]*:[0-9a-z]{8}(?::ckpt-step-\d+)?$/.exec(id)?.[1];
}

/** The id of the job's run in tracking: 32 hexadecimal digits, as all have them. */
export function runIdOf(jobId: string): string {
  return sha256(jobId).slice(-32);
}

/** Letters, digits, points, lines: nothing that has a meaning in an id or an address. */
function namePart(text: string): string {
  return text
    .replace(/[^\w.-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}
