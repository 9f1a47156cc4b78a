// Looks over the machine: what Hone needs, what it finds, what to do about each fault.

export { examineMachine } from './examine.ts';
export type { Finding } from './finding.ts';
