// What the server measures of itself, in Prometheus' form.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FinishedText, ModelSnapshot } from '../../serving/index.ts';
import type { RequestEntry } from '../http/log.ts';

/** Where the numbers of the moment come from. */
export type MetricsSource = {
  /** The loaded models. */
  readonly models: () => Promise<readonly ModelSnapshot[]>;
  /** Numbers of jobs by state. */
  readonly jobs: () => Promise<Readonly<Record<string, number>>>;
  /** What a directory of a model is called in labels. */
  readonly nameOf: (directory: string) => string;
};

/** The metrics of one server. */
export interface Metrics {
  observeRequest(entry: RequestEntry): void;
  observeText(text: FinishedText & { readonly base: string }): void;
  /** The text that Prometheus reads, and its content type. */
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const tokenBuckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64];

/** Starts to measure; one for each process, since it measures the process too. */
export function openMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    ...{ name: 'hone_http_request_duration_seconds', help: 'Time to answer an HTTP request', registers },
    ...{ labelNames: ['method', 'status'], buckets: latencyBuckets },
  });
  const texts = textMetrics(registers);
  momentMetrics(source, registers);
  return {
    observeRequest: ({ method, status, ms }) => requests.observe({ method, status }, ms / 1000),
    observeText: ({ base, ...text }) => texts(source.nameOf(base), text),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Told of each text that has ended. */
function textMetrics(registers: Registry[]): (model: string, text: FinishedText) => void {
  const labelNames = ['model'] as const;
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const ended = new Counter({
    ...{ name: 'hone_texts_total', help: 'Texts that have ended, by outcome', registers },
    labelNames: ['model', 'outcome'],
  });
  const queued = histogram('hone_text_queue_seconds', 'Time that a text waited for a slot', latencyBuckets);
  const first = histogram(
    'hone_time_to_first_token_seconds',
    'From arrival to the first token',
    latencyBuckets,
  );
  const each = histogram(
    'hone_time_per_output_token_seconds',
    'Time of each token after the first',
    tokenBuckets,
  );
  return (model, { outcome, queuedMs, firstTokenMs, totalMs, newTokens }) => {
    ended.inc({ model, outcome });
    if (queuedMs !== undefined) queued.observe({ model }, queuedMs / 1000);
    if (firstTokenMs === undefined) return;
    first.observe({ model }, firstTokenMs / 1000);
    if (newTokens > 1) each.observe({ model }, (totalMs - firstTokenMs) / 1000 / (newTokens - 1));
  };
}

/** What is read when Prometheus asks. */
function momentMetrics({ models, jobs, nameOf }: MetricsSource, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (model: ModelSnapshot) => number) =>
    new Gauge({
      ...{ name, help, registers, labelNames: ['model'] },
      async collect() {
        const loaded = await models();
        this.reset();
        for (const model of loaded) this.inc({ model: nameOf(model.base) }, read(model));
      },
    });
  gauge('hone_texts_running', 'Texts that have a slot', ({ running }) => running);
  gauge('hone_texts_queued', 'Texts that wait for a slot', ({ queued }) => queued);
  gauge('hone_slots', 'Texts that can be written at once', ({ slots }) => slots);
  gauge(
    'hone_prompt_tokens',
    'Prompt tokens that were run since the model was loaded',
    (model) => model.promptTokens,
  );
  gauge('hone_cached_tokens', 'Prompt tokens found in the prefix cache', ({ cachedTokens }) => cachedTokens);
  gauge('hone_generated_tokens', 'Tokens written since the model was loaded', ({ newTokens }) => newTokens);
  gauge('hone_prefix_cache_hits', 'Texts that found a part of their prompt', ({ prefixHits }) => prefixHits);
  gauge(
    'hone_prefix_cache_lookups',
    'Texts that looked for their prompt',
    ({ prefixLookups }) => prefixLookups,
  );
  gauge('hone_prefix_cache_bytes', 'Memory of the prefix cache', ({ prefixCache }) => prefixCache.bytes);
  gauge('hone_adapters', 'Adapters in memory', ({ adapters }) => adapters);
  gauge('hone_adapter_bytes', 'Memory of adapters', ({ adapterBytes }) => adapterBytes);
  new Gauge({
    ...{ name: 'hone_jobs', help: 'Jobs by state', registers, labelNames: ['state'] },
    async collect() {
      const counts = await jobs();
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
}
