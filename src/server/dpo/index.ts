// The DPO service's protocol, its settings, and its registration with a gateway.
export { type DpoConfig, type DpoOptions, type GatewayRegistration, readDpoConfig } from './config.ts';
export { type DpoService, type OpenDpoOptions, openDpoService } from './open-service.ts';
export { signatureHeaders } from './signature.ts';
