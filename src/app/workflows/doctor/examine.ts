// All looks at the machine, in the order in which they are told.
import { checkCaches, checkDirectory } from './disk.ts';
import type { Finding } from './finding.ts';
import { checkEnvironment, checkMemory, checkNode, checkProcessor } from './machine.ts';
import { checkRuntime, checkTokenizers } from './native-parts.ts';

/** What Hone needs of this machine, each found or not. */
export async function examineMachine(): Promise<Finding[]> {
  return [
    checkNode(),
    ...(await checkRuntime()),
    await checkTokenizers(),
    ...(await checkProcessor()),
    checkMemory(),
    await checkDirectory('current directory', process.cwd()),
    ...(await checkCaches()),
    ...checkEnvironment(),
  ];
}
