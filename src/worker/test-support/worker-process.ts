// A worker in a process of its own, to be killed: `node worker-process.ts DATA_DIRECTORY PROGRAM GATE`.
import { pathToFileURL } from 'node:url';
import { workflows } from '../../app/index.ts';
import { startWorker } from '../index.ts';

const [data = '', program = '', gate = ''] = process.argv.slice(2);
const { openStores } = await workflows.stores();
const { jobs } = await openStores({ data });
const kind = {
  name: 'test',
  program: pathToFileURL(program),
  settings: { gate },
  ended: async () => undefined,
};
startWorker({ jobs, kinds: [kind], dataDirectory: data, leaseMs: 1500, pollMs: 50 });
