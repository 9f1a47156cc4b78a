// Workers: jobs from the queue, each carried out in a process of its own.
export { startWorker, type Worker, type WorkerLog, type WorkerOptions } from './worker.ts';
