// Ids that are paths, other callers' things, or nothing at all.
import type { HostileCase, HostileGroup } from './case.ts';
import { send } from './send.ts';
import type { World } from './world.ts';

type Line = string | ((world: World) => string);

function get(what: string, line: Line, answer: HostileCase['answer']): HostileCase {
  return { what, send: (world) => send(world, typeof line === 'string' ? line : line(world)), answer };
}

/** Answers to a chat that names a model. */
function model(
  what: string,
  name: string | ((world: World) => string),
  answer: HostileCase['answer'],
): HostileCase {
  return {
    what,
    send(world) {
      const body = {
        ...{ model: typeof name === 'string' ? name : name(world), max_completion_tokens: 1 },
        messages: [{ role: 'user', content: 'Hi' }],
      };
      return send(world, 'POST /v1/chat/completions', { body });
    },
    answer,
  };
}

function job(what: string, body: (world: World) => object, answer: HostileCase['answer']): HostileCase {
  return {
    what,
    send: (world) =>
      send(world, 'POST /v1/fine_tuning/jobs', {
        body: { model: 'small', training_file: 'file-x', ...body(world) },
      }),
    answer,
  };
}

const notFound = { status: 404, type: 'invalid_request_error' };
const noModel = { status: 404, type: 'invalid_request_error', code: 'model_not_found' };
const noJob = { status: 400, code: 'invalid_value', param: 'after', message: 'there is no job' };
const noFile = (param: string) => ({
  status: 400,
  code: 'invalid_value',
  param,
  message: 'there is no file',
});

export const idCases: HostileGroup = {
  title: 'Ids',
  cases: [
    get('`..%2F..%2Fetc%2Fpasswd` as a file', 'GET /v1/files/..%2F..%2F..%2Fetc%2Fpasswd/content', notFound),
    get('`../../etc/passwd` as a file, not tidied', 'GET /v1/files/../../../etc/passwd', notFound),
    get(
      '`%252e%252e%252f` as a file, encoded twice',
      'GET /v1/files/%252e%252e%252fetc%252fpasswd',
      notFound,
    ),
    get('U+0000 in an id', 'GET /v1/files/file-a%00b', {
      status: 400,
      code: 'invalid_value',
      param: 'id',
      message: 'U+0000',
    }),
    get('an encoding that is none: `%zz`', 'GET /v1/files/%zz', {
      status: 400,
      type: 'invalid_request_error',
      message: 'cannot be decoded',
    }),
    get('`/` in bytes too long for it: `%c0%af`', 'GET /v1/files/..%c0%af..%c0%afetc', {
      status: 400,
      message: 'cannot be decoded',
    }),
    get(
      'letters that look alike: `ﬁle-x` with a ligature',
      `GET /v1/files/${encodeURIComponent('ﬁle-x')}`,
      notFound,
    ),
    get('an id of 10,000 characters', `GET /v1/files/${'a'.repeat(10_000)}`, notFound),
    get('SQL as an id', `GET /v1/fine_tuning/jobs/${encodeURIComponent("' OR 1=1 --")}`, notFound),
    get("another caller's file", ({ bobs }) => `GET /v1/files/${bobs.file}`, notFound),
    get("the bytes of another caller's file", ({ bobs }) => `GET /v1/files/${bobs.file}/content`, notFound),
    get("another caller's file, to be deleted", ({ bobs }) => `DELETE /v1/files/${bobs.file}`, notFound),
    get("another caller's job", ({ bobs }) => `GET /v1/fine_tuning/jobs/${bobs.job}`, {
      ...notFound,
      code: 'fine_tune_not_found',
    }),
    get(
      "another caller's job, to be cancelled",
      ({ bobs }) => `POST /v1/fine_tuning/jobs/${bobs.job}/cancel`,
      { ...notFound, code: 'fine_tune_not_found' },
    ),
    get("the events of another caller's job", ({ bobs }) => `GET /v1/fine_tuning/jobs/${bobs.job}/events`, {
      ...notFound,
      code: 'fine_tune_not_found',
    }),
    get("another caller's model", ({ bobs }) => `GET /v1/models/${bobs.model}`, noModel),
    get("another caller's model, to be deleted", ({ bobs }) => `DELETE /v1/models/${bobs.model}`, noModel),
    get('the base model of all, to be deleted', 'DELETE /v1/models/small', {
      status: 400,
      type: 'invalid_request_error',
    }),
    get("another protocol's name for another caller's job", ({ bobs }) => `GET /runs/${bobs.job}`, {
      status: 404,
      message: 'does not exist',
    }),
    model("another caller's model in a chat", ({ bobs }) => bobs.model, noModel),
    model("a checkpoint of another caller's model", ({ bobs }) => `${bobs.model}:ckpt-step-1`, noModel),
    model('`../../small` as a model', '../../small', noModel),
    model('`/etc` as a model', '/etc', noModel),
    model('`registry:../../x` as a model', 'registry:../../x', noModel),
    model('`registry:x@../../y` as a model', 'registry:x@../../y', noModel),
    model('`registry:` of nothing', 'registry:', noModel),
    model('`http://169.254.169.254/` as a model', 'http://169.254.169.254/', noModel),
    model('`__proto__` as a model', '__proto__', noModel),
    model('a name of 1 MB as a model', 'a'.repeat(2 ** 20), noModel),
    model('the name of a model in other letters: `Ｓmall`', 'ｓmall', noModel),
    job(
      "another caller's file as training data",
      ({ bobs }) => ({ training_file: bobs.file }),
      noFile('training_file'),
    ),
    job("another caller's model as the start", ({ bobs }) => ({ model: bobs.model }), noModel),
    job('a path as training data', () => ({ training_file: '/etc/passwd' }), noFile('training_file')),
    get('a page behind a job that is not there', 'GET /v1/fine_tuning/jobs?after=ftjob-none', noJob),
    get(
      "a page behind another caller's job",
      ({ bobs }) => `GET /v1/fine_tuning/jobs?after=${bobs.job}`,
      noJob,
    ),
    get('a page of minus one', 'GET /v1/files?limit=-1', {
      status: 400,
      code: 'invalid_value',
      param: 'limit',
    }),
    get('a page of a million', 'GET /v1/fine_tuning/jobs?limit=1000000', {
      status: 400,
      code: 'invalid_value',
      param: 'limit',
    }),
    get('a limit twice', 'GET /v1/files?limit=1&limit=2', {
      status: 400,
      code: 'invalid_value',
      param: 'limit',
    }),
  ],
};
