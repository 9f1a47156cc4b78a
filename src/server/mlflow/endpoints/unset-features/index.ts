// What MLflow's page asks of features that this server leaves out: it hears what a server says on which nobody has set them up.
import { type Answer, type Endpoint, type Route, rawEndpoint } from '../../endpoint.ts';

export const unsetFeatureEndpoints: readonly Endpoint[] = [
  constant('GET /ajax-api/3.0/mlflow/ui-telemetry', {
    disable_ui_telemetry: true,
    disable_ui_events: [],
    ui_rollout_percentage: 0,
  }),
  constant('POST /ajax-api/3.0/mlflow/ui-telemetry', { status: 'disabled' }),
  constant(['GET /ajax-api/2.0/mlflow/gateway-proxy', 'POST /ajax-api/2.0/mlflow/gateway-proxy'], {
    endpoints: [],
  }),
  constant('GET /api/3.0/mlflow/gateway/endpoints/list', {}),
  constant('GET /api/3.0/mlflow/gateway/endpoints/bindings/list', {}),
  constant('GET /api/3.0/mlflow/gateway/model-definitions/list', {}),
  constant('GET /api/3.0/mlflow/gateway/secrets/list', {}),
  constant('GET /ajax-api/3.0/mlflow/gateway/secrets/config', {
    secrets_available: false,
    using_default_passphrase: false,
  }),
  constant('GET /api/3.0/mlflow/gateway/budgets/list', {}),
  constant('GET /api/3.0/mlflow/gateway/budgets/windows', {}),
  constant('GET /ajax-api/3.0/mlflow/assistant/config', { projects: {}, providers: {} }),
  constant('GET /api/3.0/mlflow/scorers/list', {}),
  constant('GET /api/3.0/mlflow/scorers/online-configs', { configs: [] }),
  constant('POST /api/3.0/mlflow/issues/search', { next_page_token: '' }),
  constant(
    [
      'GET /api/3.0/mlflow/prompt-optimization/jobs/search',
      'POST /api/3.0/mlflow/prompt-optimization/jobs/search',
    ],
    {},
  ),
];

function constant(route: Route | readonly Route[], json: object): Endpoint {
  const answer: Answer = { body: JSON.stringify(json) };
  return rawEndpoint({ route, handle: () => answer });
}
