// Opens the webhooks of the stores that a command's options name, for the time of the command.
import type { Stores } from '../../../app/index.ts';
import { type LocationOptions, locationsOf } from '../../location-options.ts';

export async function withWebhooks<T>(
  options: LocationOptions,
  work: (webhooks: Stores['webhooks']) => Promise<T>,
): Promise<T> {
  const { workflows } = await import('../../../app/index.ts');
  const { openExistingStores } = await workflows.webhooks();
  const stores = await openExistingStores(locationsOf(options));
  try {
    return await work(stores.webhooks);
  } finally {
    await stores.close();
  }
}
