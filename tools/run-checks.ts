// The checks of `npm run check`, by name.
import { checkDocs } from './check-docs.ts';
import { checkFiles } from './check-files.ts';
import { checkLayers } from './check-layers.ts';
import { checkReadme } from './check-readme.ts';
import { ROOT, runNode } from './run-command.ts';

/** Options of {@link runChecks}. */
export type CheckOptions = {
  /** Only these; all when empty. */
  readonly only?: readonly string[];
  /** Print the size table by folder. */
  readonly report?: boolean;
};

const CHECKS: Readonly<Record<string, (report: boolean) => boolean>> = {
  'format and lint': () => runNode('node_modules/@biomejs/biome/bin/biome', ['check', '.']),
  types: () => runNode('node_modules/typescript/bin/tsc', ['-p', '.']),
  layers: () => tell(checkLayers(ROOT)),
  readme: () => tell(checkReadme(ROOT)),
  files: (report) => {
    const result = checkFiles(ROOT);
    const undocumented = checkDocs(ROOT);
    for (const warning of result.warnings) console.log(`warning: ${warning}`);
    if (undocumented.length > 0)
      console.log(
        `warning: ${undocumented.length} exported names have no doc comment (list: -- files --report)`,
      );
    if (report) console.log([...result.report, ...undocumented].join('\n'));
    return tell(result.faults);
  },
};

/** Runs the checks one after the other; gives each one's name and whether it passed. */
export function runChecks({ only = [], report = false }: CheckOptions = {}): Map<string, boolean> {
  const unknown = only.filter((name) => !(name in CHECKS));
  if (unknown.length > 0)
    throw new RangeError(`Cannot run check '${unknown[0]}'; known: ${Object.keys(CHECKS).join(', ')}`);
  const results = new Map<string, boolean>();
  for (const [name, check] of Object.entries(CHECKS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const passed = attempt(() => check(report));
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${name}`);
    results.set(name, passed);
  }
  return results;
}

/** A check that breaks down has not passed. */
function attempt(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return false;
  }
}

function tell(faults: readonly string[]): boolean {
  for (const fault of faults) console.log(fault);
  return faults.length === 0;
}
