// A worker of the chaos test, to be killed: `node worker.ts SETTINGS`. Prints the process of each job that it starts.
import { type ServiceOptions, workflows } from '../../src/app/index.ts';
import { openJobs } from '../../src/jobs/index.ts';
import { localPlatform } from '../../src/platform/index.ts';
import { startWorker } from '../../src/worker/index.ts';
import { appendKind } from './append-kind.ts';

type Settings = { readonly locations: ServiceOptions & { readonly data: string }; readonly leaseMs: number };

const { locations, leaseMs }: Settings = JSON.parse(process.argv[2] ?? '{}');
const { openServices } = await workflows.services();
const { fineTuneJobKind } = await workflows.finetune();
const services = await openServices(locations);
const local = localPlatform();
startWorker({
  jobs: openJobs(services.stores.database, { backOffMs: 100 }),
  // One thread for each job, however many cores there are
  kinds: [fineTuneJobKind(services, { ...locations, concurrency: 1024 }), appendKind(locations.data)],
  dataDirectory: services.data,
  ...{ leaseMs, pollMs: 200 },
  platform: {
    ...local,
    async launch(request) {
      const run = await local.launch(request);
      process.stdout.write(`${run.pid}\n`);
      return run;
    },
  },
});
