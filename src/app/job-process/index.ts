// Jobs in processes of their own: what a kind of job is, and the side of it that does the work.
export { describeFailure, isOutOfMemory, memoryError } from './describe-failure.ts';
export { type ConfirmOptions, type JobContext, JobFault, type JobKind, type JobProgram } from './job-kind.ts';
export type { FromProgram, Outcome, StartMessage, ToProgram } from './messages.ts';
export { runJobProcess } from './run-job-process.ts';
