// Golden files: text that may change only on purpose.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Set to write golden files anew in place of comparing with them. */
export const updateVariable = 'HONE_UPDATE_GOLDEN';

/**
 * The text that a golden file holds, to be compared with the present one; with HONE_UPDATE_GOLDEN=1 the present one is
 * written first. A file that is missing reads as a sentence that says how to make it.
 */
export function golden(path: string, present: string): string {
  if (process.env[updateVariable] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, present);
  }
  return existsSync(path)
    ? readFileSync(path, 'utf8')
    : `${path} is missing: run the test with ${updateVariable}=1 and commit the file\n`;
}
