// The rows as a page of Markdown.
import type { ExpectedAnswer, HostileCase, HostileGroup } from './case.ts';

export function tableOf(groups: readonly HostileGroup[]): string {
  const count = groups.reduce((sum, { cases }) => sum + cases.length, 0);
  return `${[opening(count), ...groups.map(section)].join('\n\n')}\n`;
}

const opening = (count: number) => `# Hostile input

${count} kinds of bad request, file, URL and header, and how \`hone server\` answers them. Each is a row of
\`test/hostile-input.test.ts\`, which sends it to a server in a process of its own and then looks: nothing is stored but what the last
column names, no file lies outside of the data directory, the log tells of no fault of the server's, and another caller gets the
answer that they got before.

An answer of 200 with a code is a job's that was taken and has failed.

This page is written by that test: \`npx vitest run test/hostile-input.test.ts -u\``;

function section({ title, cases }: HostileGroup): string {
  const head = '| what is sent | answer | tells | is stored |\n|---|---|---|---|';
  return `## ${title}\n\n${[head, ...cases.map(row)].join('\n')}`;
}

function row({ what, answer, leaves = {} }: HostileCase): string {
  const left = Object.entries(leaves).map(([name, count]) => `${count} ${name}`);
  return `| ${[what, shown(answer), answer.message ?? '', left.join(', ')].map(cell).join(' | ')} |`;
}

function shown({ status, type, code, param, headers = {} }: ExpectedAnswer): string {
  if (status === 0) return 'the connection is closed';
  const facts = [code ?? type, param && `at \`${param}\``, ...Object.keys(headers)];
  return [`**${status}**`, ...facts.filter((fact) => fact != null)].join(' ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '\\<');
}
