// MLflow's web page, built elsewhere, on this server.
export { openUi } from './open-ui.ts';
export { uiEndpoints } from './ui-endpoints.ts';
