// Where Hone answers otherwise than MLflow on purpose: its bugs are not copied.

/** Differences to be expected: on requests whose line fits `request`, at places of the answer that fit `place`. */
export type Deviation = {
  readonly request: RegExp;
  /** Of the answer: `status`, `headers.content-type`, or a JSON path such as `$.metrics`; all of it unless given. */
  readonly place?: RegExp;
  readonly flow?: string;
  readonly reason: string;
};

/** Every deviation, with its reason. */
export const deviations: readonly Deviation[] = [
  {
    request: /^GET \/(ajax-)?api\/2\.0\/mlflow\/metrics\/get-history\?(?!.*max_results)/,
    place: /^\$/,
    reason:
      'Without max_results MLflow answers an empty page whose token leads to itself for ever; absent means 25,000',
  },
];

/** The reason why a difference is meant, if it is. */
export function deviationFor(
  difference: { readonly flow: string; readonly request: string; readonly place: string },
  known: readonly Deviation[] = deviations,
): string | undefined {
  return known.find(
    ({ request, place, flow }) =>
      (flow === undefined || flow === difference.flow) &&
      request.test(difference.request) &&
      (place === undefined || place.test(difference.place)),
  )?.reason;
}
