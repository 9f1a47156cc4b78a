// `npm run clean`: removes what builds and tests wrote. Runs and outputs, which are the user's, stay.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run-command.ts';

for (const name of ['dist', 'coverage', '.cache']) rmSync(join(ROOT, name), { recursive: true, force: true });
