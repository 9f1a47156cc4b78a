// A worker in a process of its own, to be killed: `node worker-process.ts DATABASE DATA_DIRECTORY GATE`.
import { openJobs } from '../../jobs/index.ts';
import { openDatabase } from '../../store/index.ts';
import { startWorker } from '../index.ts';
import { testKind } from './kind.ts';

const [database = '', dataDirectory = '', gate = ''] = process.argv.slice(2);
const jobs = openJobs(await openDatabase(database));
startWorker({ jobs, kinds: [testKind({ gate })], dataDirectory, leaseMs: 1500, pollMs: 50 });
