// API keys: who may use a server, and what for.
export { type Access, type AccessOptions, type ApiKey, type NewKey, openAccess } from './access.ts';
export { accessMigration } from './migration.ts';
export {
  localPrincipal,
  type Principal,
  parseScopes,
  type Scope,
  scopes,
  visibleOwner,
} from './principal.ts';
