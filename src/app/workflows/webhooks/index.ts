// Endpoints of webhooks added, listed and removed by hand.
export { eventTypes, parseEventTypes } from '../../../webhooks/index.ts';
export { openStores } from '../../stores.ts';
export { openExistingStores } from '../runs/index.ts';
