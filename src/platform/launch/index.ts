// Launching a run in a process of its own, within limits.
export { childEnvironment } from './child-environment.ts';
export { localPlatform } from './local-platform.ts';
export type {
  LaunchedRun,
  LaunchRequest,
  Platform,
  PlatformCapabilities,
  RunEnd,
  StopOptions,
} from './platform.ts';
export { platformFor } from './platform-for.ts';
