// API keys made, listed and revoked by hand.
export { parseScopes } from '../../../access/index.ts';
export { openStores } from '../../stores.ts';
export { openExistingStores } from '../runs/index.ts';
