// MLflow's GraphQL: what its pages ask of runs, experiments and metrics in one query.
export { graphqlEndpoint } from './endpoint.ts';
