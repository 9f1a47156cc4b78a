// What the versions of a model tell when they are laid side by side.
import { type RegistryContext, trackingOf } from './context.ts';
import type { ModelVersion } from './entities.ts';
import { metricsOf, tagKeys, tagValue } from './tag-keys.ts';
import type { Versions } from './versions/versions.ts';

type Metrics = Readonly<Record<string, number>>;

/** Two versions by their metrics; `difference` is the second minus the first. */
export type Comparison = {
  readonly metrics: readonly {
    readonly name: string;
    readonly first: number | undefined;
    readonly second: number | undefined;
    readonly difference: number | undefined;
  }[];
  /** `second` or `first` where accuracy and F1 both differ by more than 0.05, or, where they hardly differ, by training time. */
  readonly recommendation: 'first' | 'second' | 'review';
  readonly because: string;
};

/** A metric over the versions of a model, oldest first. */
export type PerformanceHistory = {
  readonly points: readonly { readonly version: number; readonly at: number; readonly value: number }[];
  readonly trend: 'improving' | 'declining' | 'stable';
};

/** A model in production and the versions that serve it. */
export type ProductionModel = { readonly name: string; readonly versions: readonly number[] };

const clearDifference = 0.05;
const negligible = 0.01;

/** Reads across the versions of a registry. Metrics are those of the validation, else of the training, else of the logged model. */
export class Insights {
  readonly #context: RegistryContext;
  readonly #versions: Versions;

  constructor(context: RegistryContext, versions: Versions) {
    this.#context = context;
    this.#versions = versions;
  }

  /** @throws NotFoundError */
  async compare(name: string, first: number, second: number): Promise<Comparison> {
    const [a, b] = await Promise.all([this.#metricsOf(name, first), this.#metricsOf(name, second)]);
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    const metrics = names.map((metric) => ({
      name: metric,
      first: a[metric],
      second: b[metric],
      difference: minus(b[metric], a[metric]),
    }));
    return { metrics, ...recommend(a, b) };
  }

  /** How a metric went from version to version; greater is better. @throws NotFoundError */
  async performance(name: string, metric: string): Promise<PerformanceHistory> {
    const points: PerformanceHistory['points'][number][] = [];
    for (const version of await this.#versions.list(name)) {
      const value = (await this.#read(version))[metric];
      if (value !== undefined) points.push({ version: version.version, at: version.createdAt, value });
    }
    return { points, trend: trendOf(points.map(({ value }) => value)) };
  }

  /** The models that have versions in stage Production, by name. */
  async production(): Promise<readonly ProductionModel[]> {
    const rows = await this.#context.tables.db
      .selectFrom('model_versions')
      .innerJoin('registered_models', 'registered_models.id', 'model_versions.model')
      .select(['model_versions.name', 'model_versions.version'])
      .where('model_versions.stage', '=', 'Production')
      .where('model_versions.deleted_at', 'is', null)
      .where('registered_models.deleted_at', 'is', null)
      .orderBy('model_versions.name')
      .orderBy('model_versions.version')
      .execute();
    const byName = Map.groupBy(rows, ({ name }) => name);
    return [...byName].map(([name, versions]) => ({
      name,
      versions: versions.map(({ version }) => version),
    }));
  }

  async #metricsOf(name: string, version: number): Promise<Metrics> {
    return await this.#read(await this.#versions.get(name, version));
  }

  async #read({ tags, loggedModelId }: ModelVersion): Promise<Metrics> {
    const own = {
      ...metricsOf(tagValue(tags, tagKeys.trainingMetrics)),
      ...metricsOf(tagValue(tags, tagKeys.validationMetrics)),
    };
    if (Object.keys(own).length > 0 || loggedModelId === undefined) return own;
    return (await trackingOf(this.#context, `logged model '${loggedModelId}'`).loggedModel(loggedModelId))
      .metrics;
  }
}

function recommend(a: Metrics, b: Metrics): Pick<Comparison, 'recommendation' | 'because'> {
  const accuracy = minus(b.accuracy, a.accuracy);
  const f1 = minus(b.f1_score ?? b.f1, a.f1_score ?? a.f1);
  if (accuracy === undefined || f1 === undefined)
    return { recommendation: 'review', because: 'accuracy and F1 are not known of both' };
  if (accuracy > clearDifference && f1 > clearDifference)
    return { recommendation: 'second', because: 'it is significantly better in accuracy and F1' };
  if (accuracy < -clearDifference && f1 < -clearDifference)
    return { recommendation: 'first', because: 'it is significantly better in accuracy and F1' };
  const time = minus(b.training_time, a.training_time);
  if (Math.abs(accuracy) < negligible && Math.abs(f1) < negligible && time !== undefined && time !== 0)
    return { recommendation: time < 0 ? 'second' : 'first', because: 'it is as good and trains faster' };
  return { recommendation: 'review', because: 'neither is clearly better' };
}

function trendOf(values: readonly number[]): PerformanceHistory['trend'] {
  const change = (values.at(-1) ?? 0) - (values[0] ?? 0);
  if (Math.abs(change) < negligible) return 'stable';
  return change > 0 ? 'improving' : 'declining';
}

function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}
