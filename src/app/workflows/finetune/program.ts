// What the process of a fine-tuning job runs: opens the services as its worker has them, and does the job.
import { runJobProcess } from '../../job-process/index.ts';
import { openServices } from '../../services.ts';
import { runFineTune } from './run.ts';
import type { ProgramSettings } from './worker-kind.ts';

runJobProcess(async (context) => {
  const { services: options, secrets, threads, mirrors } = readSettings(context.settings);
  // Where the stores look for them; no other process has seen them in this one's environment
  Object.assign(process.env, secrets);
  const services = await openServices(options);
  try {
    const recordedIn = services.stores.database.description;
    const result = await runFineTune(context, { services, threads, mirrors, recordedIn });
    // Without members that have no value: JSON knows none
    return JSON.parse(JSON.stringify(result));
  } finally {
    await services.close();
  }
});

/** They come from {@link fineTuneJobKind} alone. */
function readSettings(settings: unknown): ProgramSettings {
  return settings as ProgramSettings;
}
