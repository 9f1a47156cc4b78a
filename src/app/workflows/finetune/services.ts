// What fine-tuning needs of the services.
import type { ModelCatalogue } from '../../models/index.ts';
import type { Stores } from '../../stores.ts';

/** The stores and the catalogue; `Services` has them. */
export type FineTuneServices = {
  readonly stores: Pick<
    Stores,
    'artifacts' | 'files' | 'jobs' | 'jobStore' | 'registry' | 'tracking' | 'webhooks'
  >;
  readonly catalogue: ModelCatalogue;
};
