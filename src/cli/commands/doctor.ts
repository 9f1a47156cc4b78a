// `hone doctor`: what Hone needs of this machine, and what to do where something is missing.
import type { Command } from 'commander';
import type { Finding } from '../../app/index.ts';
import { exitStatus } from '../exit-status.ts';
import { paint, type Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Looks over Node, the tensor runtime, tokenizers, processor, memory and disk, and says what to do about each fault. ' +
        'Exit status 1 when something is broken.',
    )
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', '\nExamples:\n  hone doctor\n  hone doctor --json')
    .action(async ({ json }: { readonly json?: true }) => {
      const { workflows } = await import('../../app/index.ts');
      const { examineMachine } = await workflows.doctor();
      const findings = await examineMachine();
      const ok = findings.every(({ status }) => status !== 'fault');
      if (!ok) terminal.exitStatus = exitStatus.failed;
      terminal.out.write(json ? `${JSON.stringify({ ok, findings })}\n` : describe(findings, terminal));
    });
}

const marks = { ok: ['green', 'ok'], warning: ['yellow', 'warning'], fault: ['red', 'FAULT'] } as const;

function describe(findings: readonly Finding[], { out }: Terminal): string {
  const lines = findings.flatMap(({ name, status, detail, remedy }) => {
    const [colour, mark] = marks[status];
    const line = `${paint(out, colour, mark.padEnd(8))} ${name.padEnd(18)} ${detail}`;
    return remedy === undefined ? [line] : [line, `         ${' '.repeat(18)} -> ${remedy}`];
  });
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
  const faults = count('fault');
  const warnings = count('warning');
  lines.push(
    '',
    faults > 0
      ? `${faults} to be mended before Hone works here`
      : warnings > 0
        ? `Hone works here; ${warnings} could be better`
        : 'Hone works here',
  );
  return `${lines.join('\n')}\n`;
}
