// Which platform carries runs out where this process runs.
import type { DetectedPlatform } from '../detect-platform.ts';
import { localPlatform } from './local-platform.ts';
import type { Platform } from './platform.ts';

/** Notebooks of Colab, Kaggle and Azure are machines like another: runs are processes there too. */
export function platformFor({ name }: DetectedPlatform): Platform {
  return localPlatform(name);
}
