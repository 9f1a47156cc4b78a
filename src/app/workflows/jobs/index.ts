// Jobs looked at, watched, stopped and resumed by hand.
export { openExistingStores } from '../runs/index.ts';
export { findJob } from './find-job.ts';
export { followEvents, lastEvents } from './follow-events.ts';
