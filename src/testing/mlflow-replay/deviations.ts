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
