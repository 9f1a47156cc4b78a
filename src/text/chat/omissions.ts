// Refuses a rendering from which the template left something out: the model would never see it.
import { InputError } from '../../core/index.ts';
import type { Message } from '../message.ts';

/** @throws InputError naming the first message, tool call or tool that does not stand in `text`. */
export function refuseOmissions(
  text: string,
  messages: readonly Message[],
  tools: readonly unknown[] | undefined,
): void {
  for (const [i, message] of messages.entries()) {
    const what = `message ${i + 1} (${message.role})`;
    if (!holds(text, essence(message.content))) refuse(what);
    for (const call of message.tool_calls ?? []) {
      if (!holds(text, functionName(call))) refuse(`the tool call of ${what}`);
    }
  }
  for (const tool of tools ?? []) {
    if (!holds(text, functionName(tool))) refuse(`the tool '${functionName(tool)}'`);
  }
}

function refuse(what: string): never {
  throw new InputError(
    `Cannot render the messages: the chat template leaves out ${what}, so the model would never see it; take a template ` +
      'that has a place for it, remove it, or set allowOmissions',
  );
}

/** What must be printed of a content. Templates trim it, and drop the thoughts of earlier answers. */
function essence(content: unknown): string {
  if (typeof content !== 'string') return '';
  const thoughts = content.lastIndexOf('</think>');
  return (thoughts < 0 ? content : content.slice(thoughts + '</think>'.length)).trim();
}

function holds(text: string, piece: string): boolean {
  return text.includes(piece) || text.includes(JSON.stringify(piece).slice(1, -1));
}

function functionName(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const inner = 'function' in value ? value.function : value;
  if (typeof inner !== 'object' || inner === null || !('name' in inner)) return '';
  return typeof inner.name === 'string' ? inner.name : '';
}
