// `hone models audit`: who changed what, and how a model stood on a day.
import { type Command, InvalidArgumentError } from 'commander';
import type { Stores } from '../../../app/index.ts';
import { NotFoundError } from '../../../core/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { addLocationOptions, type LocationOptions } from '../../location-options.ts';
import { formatTime } from '../../table/times.ts';
import type { Output, Terminal } from '../../terminal.ts';
import { auditLine } from './audit-text.ts';
import { auditRecord } from './records.ts';
import { type ModelWorkflows, withRegistry } from './with-registry.ts';

type AuditOptions = LocationOptions & {
  readonly at?: number;
  readonly limit: number;
  readonly json?: true;
};

export function defineAudit(command: Command, terminal: Terminal): void {
  command
    .description(
      'Tells who changed what of a model and why, or, with --at, what was in production on that day.',
    )
    .argument('<name>', 'a name that the model has or had')
    .option('--at <time>', 'a day, 2026-01-31 (its end, in UTC), or a time, 2026-01-31T12:00Z', parseTime)
    .option('-n, --limit <count>', 'changes listed, newest first', positiveInteger, 100)
    .option('--json', 'print JSON and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone models audit support
  hone models audit support --at 2026-01-31`,
    )
    .action((name: string, options: AuditOptions) => audit(name, options, terminal));
  addLocationOptions(command);
}

async function audit(name: string, options: AuditOptions, { out }: Terminal): Promise<void> {
  const { at, limit, json } = options;
  await withRegistry(options, async (workflows, registry) => {
    if (at !== undefined) {
      await tellState(workflows, registry, { name, at, json: json === true, out });
      return;
    }
    const entries = await registry.audit.history({ model: name, limit });
    // Tells the nearest name where there is none; a model that was deleted has a history still
    if (entries.length === 0) await workflows.findModel(registry, name);
    if (json) out.write(`${JSON.stringify(entries.map(auditRecord))}\n`);
    else for (const entry of entries) out.write(`${auditLine(entry)}\n`);
  });
}

type Question = { readonly name: string; readonly at: number; readonly json: boolean; readonly out: Output };

async function tellState(
  workflows: ModelWorkflows,
  registry: Stores['registry'],
  { name, at, json, out }: Question,
): Promise<void> {
  const state = await registry.audit.stateAt(name, at);
  if (state === undefined)
    throw new NotFoundError(
      `Cannot tell how '${name}' stood at ${formatTime(at)} UTC: no model had that name then; hone models audit ${name} lists its changes`,
    );
  const production = workflows.versionsInStage(state, 'Production');
  if (json) {
    out.write(`${JSON.stringify({ at: new Date(at).toISOString(), production, ...state })}\n`);
    return;
  }
  out.write(`'${name}' at ${formatTime(at)} UTC\n`);
  out.write(
    `in production  ${production.length === 0 ? 'nothing' : production.map((one) => `version ${one}`).join(', ')}\n`,
  );
  for (const stage of ['Staging', 'Archived']) {
    const versions = workflows.versionsInStage(state, stage);
    if (versions.length > 0) out.write(`${stage.toLowerCase().padEnd(15)}versions ${versions.join(', ')}\n`);
  }
  for (const [alias, version] of Object.entries(state.aliases))
    out.write(`${`@${alias}`.padEnd(15)}version ${version}\n`);
}

const day = 86_400_000;

function parseTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/^\d{4}-\d{2}-\d{2}/.test(text))
    throw new InvalidArgumentError('Give a day, 2026-01-31, or a time, 2026-01-31T12:00Z.');
  return text.length === 10 ? time + day - 1 : time;
}
