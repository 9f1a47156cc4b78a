// `npm run check`: all checks, or those named as arguments; `-- --report` adds the size table by folder.
import { runChecks } from './run-checks.ts';

const args = process.argv.slice(2);
const only = args.filter((arg) => !arg.startsWith('--'));
const results = runChecks({ only, report: args.includes('--report') });
if ([...results.values()].includes(false)) process.exitCode = 1;
