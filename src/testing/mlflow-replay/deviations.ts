// Where Hone answers otherwise than MLflow on purpose: its bugs are not copied.

import type { RecordedAnswer } from './golden-flow.ts';
import { isObject } from './json.ts';

/** A difference to be judged, and what MLflow answered. */
export type Judged = {
  readonly flow: string;
  readonly step: string;
  readonly request: string;
  readonly place: string;
  readonly got: string;
  readonly recorded: RecordedAnswer;
  /** The body of the request as text. */
  readonly sent: string;
};

/** Differences that are meant: all conditions given must hold. */
export type Deviation = {
  readonly reason: string;
  /** Fits the request line, as sent. */
  readonly request?: RegExp;
  /** Fits the name of the step. */
  readonly step?: RegExp;
  /** Fits the body of the request, as text. */
  readonly sent?: RegExp;
  /** Of the answer: `status`, `headers.content-type`, `body` or a JSON path such as `$.metrics`; all of it unless given. */
  readonly place?: RegExp;
  /** The status that MLflow answered. */
  readonly status?: number;
  /** Fits the message that MLflow answered. */
  readonly message?: RegExp;
  /** The status to be answered in its stead; another one is a fault. */
  readonly instead?: RegExp;
};

const crash = { status: 500 };
const refused = { status: 400, instead: /^200$/ };

const noNumber = 'NaN is no number: no comparison holds for it; MLflow takes it for 0';
const paths =
  'Names that leave their folder on some system (a backslash, a control character) are refused wherever files lie';
const tokens =
  'Pages go on from the last row that was seen, not from an offset: tokens are another kind of text';
const digest =
  'The digest of a dataset may be left out, as the documentation says; MLflow then finds nothing';
const emptyPage = 'A page of nothing leads to itself for ever';

/** Every deviation, with its reason; the first that fits decides. */
export const deviations: readonly Deviation[] = [
  {
    request: /^GET \/(ajax-)?api\/2\.0\/mlflow\/metrics\/get-history\?(?!.*max_results)/,
    place: /^\$/,
    reason:
      'Without max_results MLflow answers an empty page whose token leads to itself for ever; absent means 25,000',
  },
  {
    ...crash,
    step: /^rename deleted exp$|^archive_existing for None$/,
    instead: /^400$/,
    reason: 'A wrong state of a record is a mistake of the caller: a 500 makes the client retry for minutes',
  },
  {
    ...crash,
    request: /^GET \S*(order_by|mlflow-artifacts\/artifacts\/\S*(none|nope)|get-artifact|artifacts\/files)/,
    instead: /^4\d\d$/,
    reason:
      'A file that is missing, or an order that is wrong, is a mistake of the caller and not of the server',
  },
  {
    message: /\(sqlite3\.|<Sql\w+ at 0x/,
    place: /^(status|\$\.error_code)$/,
    instead: /^4\d\d$/,
    reason: 'MLflow answers with the SQL error of its store and a code that says nothing',
  },
  {
    ...refused,
    step: / (OR|BETWEEN)\b|\bNOT |\((?!')/,
    reason: "Hone's filters know OR, NOT and parentheses, which MLflow refuses",
  },
  {
    step: /^odd: /,
    status: 200,
    instead: /^400$/,
    reason:
      'MLflow drops a value of the wrong type, and the fields after it, and stores zeros; Hone refuses the request',
  },
  {
    status: 308,
    instead: /^400$/,
    reason: 'MLflow redirects a path with an empty part to another file; Hone refuses such a path',
  },
  {
    request: /^POST \/api\/2\.0mlflow\//,
    instead: /^200$/,
    reason:
      "The proto's path without a slash, which MLflow's clients ask and its server does not know, is served too",
  },
  {
    step: /^huge: /,
    status: 200,
    instead: /^400$/,
    reason: 'Whole numbers are taken as long as they are exact, to 2^53; what lies beyond is refused',
  },
  {
    step: /^huge: history$/,
    place: /^\$\.metrics$/,
    reason: 'Whole numbers are taken as long as they are exact, to 2^53; what lies beyond is refused',
  },
  {
    step: /^(hist|bulk|interval) missing run$/,
    instead: /^404$/,
    reason: 'A run that is not there is said to be not there; MLflow takes it for one without values',
  },
  { step: /^history 0$/, reason: `${emptyPage}: 0 means what absent means` },
  { step: /^(rm|models) search (zero|0)$/, instead: /^400$/, reason: `${emptyPage}: it is refused` },
  {
    step: /^experiments (by GET )?without max$/,
    status: 400,
    instead: /^200$/,
    reason: 'Without max_results a page has 1,000 experiments, as the documentation says',
  },
  {
    sent: /"view_type": ?"SOME"/,
    instead: /^400$/,
    reason: 'MLflow drops a name that it does not know and goes on without; Hone refuses the request',
  },
  { sent: /"page_token": ?"eyJvZmZzZXQ/, status: 200, instead: /^400$/, reason: tokens },
  { place: /^\$\.message$/, message: /page token/i, reason: tokens },
  {
    step: /^run tag value 8001$/,
    place: /\.tags\{/,
    reason: 'A long value is cut off in a new run too, as it is in a tag that is set later',
  },
  {
    step: /^location 2049$/,
    place: /^\$\.message$/,
    reason: 'The text names a variable of MLflow that changes nothing here',
  },
  {
    step: /^create same name as deleted$/,
    place: /^\$\.message$/,
    reason: 'The text says that the experiment of that name is deleted, and what can be done',
  },
  { step: /^artifact put traversal /, status: 200, instead: /^400$/, reason: paths },
  {
    step: /^artifact put over a folder$/,
    status: 200,
    instead: /^400$/,
    reason: 'MLflow puts the file into the folder of that name, as a second one of that name',
  },
  {
    place: /^headers\.content-disposition$/,
    reason: 'A name with spaces or quotes is written as RFC 6266 has it, so that browsers read it',
  },
  {
    step: /^(get-artifact no path|presigned upload)$/,
    place: /^(headers\.content-type|body)$/,
    reason: 'Refusals are JSON, so that clients show their message',
  },
  {
    step: /^(delete_model_version again|alias of a deleted version|get_registered_model after)$/,
    instead: /^400$/,
    reason:
      'Aliases of a version go with it; MLflow means to, but compares a number with a text and keeps one that leads nowhere',
  },
  {
    step: /^search_logged_models dataset$|^logged metrics\.acc > 0\.3 $/,
    place: /^\$\.models$/,
    reason: digest,
  },
  {
    step: /^logged status !?= /,
    place: /^\$\.models/,
    reason:
      'The status of a model is found by its name; MLflow compares the name with a number and finds nothing',
  },
  { ...refused, step: /^logged tags\.env IS NULL /, reason: 'IS NULL is known wherever there are tags' },
  { step: /^runs metrics\.loss (<=? 0\.5|> -2)$/, place: /^\$\.runs/, reason: noNumber },
  {
    ...refused,
    step: /^search text LIKE /,
    reason: 'The text of a trace is found by its name with and without `trace.`',
  },
  {
    step: /^search span\.attributes\.k = /,
    place: /^\$\.traces$/,
    reason:
      'An attribute of a span is found by its value; MLflow compares with its JSON, quotes and all, and finds nothing',
  },
  {
    step: /^otlp json$/,
    place: /^\$\.detail$/,
    reason: "OpenTelemetry's JSON is taken too, and then its content is judged",
  },
  {
    request: /\/traces\/search$/,
    place: /^\$\.next_page_token$/,
    reason: 'A page that is full and the last has no token; MLflow gives one that leads to an empty page',
  },
  {
    step: /^(runs metrics\.loss > 0(, | \/\*)|runs select |registered-models all tags\.team|model-versions version = 1|search timestamp > 'x'|search all timestamp UP|get-trace-artifact missing|one trace$)/,
    place: /^\$\.(message|error_code)$/,
    reason:
      'The same refusal in other words: MLflow shows the pieces of its own parser, or folders of its own',
  },
  {
    request: /\/(assistant|gateway|scorers)\/|\/gateway-proxy/,
    instead: /^404$/,
    reason: 'Out of scope: what the pages of MLflow ask for beyond tracking and registry',
  },
  {
    ...crash,
    instead: /^[234]\d\d$/,
    reason: 'MLflow fails inside: whatever the request deserves is answered, never a 500',
  },
];

/** The reason why a difference is meant, if it is. */
export function deviationFor(
  difference: Judged,
  known: readonly Deviation[] = deviations,
): string | undefined {
  return known.find((one) => fits(one, difference))?.reason;
}

function fits(
  { request, step, sent, place, status, message, instead }: Deviation,
  difference: Judged,
): boolean {
  const { recorded } = difference;
  return (
    (difference.place !== 'status' || instead?.test(difference.got) !== false) &&
    (sent === undefined || sent.test(difference.sent)) &&
    (request === undefined || request.test(difference.request)) &&
    (step === undefined || step.test(difference.step)) &&
    (place === undefined || place.test(difference.place)) &&
    (status === undefined || status === recorded.status) &&
    (message === undefined || message.test(messageOf(recorded)))
  );
}

function messageOf({ body }: RecordedAnswer): string {
  const { message } = body.kind === 'json' && isObject(body.value) ? body.value : {};
  return typeof message === 'string' ? message : '';
}
