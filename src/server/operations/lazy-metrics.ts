// Metrics that load their library a moment after the start: a server answers before it measures itself.
import type { Metrics, MetricsSource } from './metrics.ts';

/** What is observed before the library is there is counted as soon as it is. */
export function lazyMetrics(source: MetricsSource): Metrics {
  const waiting: ((metrics: Metrics) => void)[] = [];
  let metrics: Metrics | undefined;
  let loading: Promise<Metrics> | undefined;
  const load = (): Promise<Metrics> => {
    loading ??= import('./metrics.ts').then(({ openMetrics }) => {
      const opened = openMetrics(source);
      for (const observe of waiting.splice(0)) observe(opened);
      metrics = opened;
      return opened;
    });
    return loading;
  };
  setTimeout(load, 1000).unref();
  const observe = (observation: (metrics: Metrics) => void) => {
    if (metrics === undefined) waiting.push(observation);
    else observation(metrics);
  };
  return {
    observeRequest: (entry) => observe((opened) => opened.observeRequest(entry)),
    observeText: (text) => observe((opened) => opened.observeText(text)),
    text: async () => (await load()).text(),
  };
}
