// Finds the prompt that a chosen and a rejected text (or conversation) share at their beginning.
import { canonicalJson } from '../../core/index.ts';
import type { Message } from '../../text/index.ts';
import { RowFault } from '../fault.ts';

export type SharedPrompt<T> = { readonly prompt: T; readonly chosen: T; readonly rejected: T };

/**
 * Splits two texts after their common beginning, at a word border: a space goes to the answers, a line feed stays with the
 * prompt. Never inside a mark such as `<|im_end|>` or `[/INST]`, and never so that an answer is empty.
 */
export function splitSharedText(chosen: string, rejected: string): SharedPrompt<string> {
  const common = commonLength(chosen, rejected);
  const cut = lastBorder(chosen, rejected, common);
  if (cut === 0 || chosen.slice(0, cut).trim() === '') throw noSharedPrompt();
  return { prompt: chosen.slice(0, cut), chosen: chosen.slice(cut), rejected: rejected.slice(cut) };
}

/** Splits two conversations after the messages that they share; both answers begin with an assistant message. */
export function splitSharedMessages(
  chosen: readonly Message[],
  rejected: readonly Message[],
): SharedPrompt<readonly Message[]> {
  let shared = 0;
  const shorter = Math.min(chosen.length, rejected.length);
  while (shared < shorter && canonicalJson(chosen[shared]) === canonicalJson(rejected[shared])) shared++;
  // One list may begin with the whole other, or equal answers may precede the one that differs.
  if (shared === shorter) shared--;
  while (shared > 0 && !(chosen[shared]?.role === 'assistant' && rejected[shared]?.role === 'assistant'))
    shared--;
  if (shared <= 0) throw noSharedPrompt();
  return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
}

function commonLength(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let length = 0;
  while (length < shorter && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

/** The last index not after `common` where both texts may be cut. */
function lastBorder(chosen: string, rejected: string, common: number): number {
  for (let cut = common; cut > 0; cut--) {
    if (!isBorder(chosen, cut) || !isBorder(rejected, cut)) continue;
    if (chosen.slice(cut).trim() !== '' && rejected.slice(cut).trim() !== '') return outsideMark(chosen, cut);
  }
  return 0;
}

/** Whether a text may be cut before the character at `cut`. */
function isBorder(text: string, cut: number): boolean {
  const before = text.charAt(cut - 1);
  const after = text.charAt(cut);
  if (before === '\n') return after !== '\n';
  if (/\s/.test(after)) return after !== '\n' && !/\s/.test(before);
  return closesMark(text, cut) || ideographic.test(before) || ideographic.test(after);
}

const ideographic = /[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]/;
const mark = /<\|[^<>|]*\|>|<[^<>\s]*>|\[\/?[A-Z_]+\]/g;

function closesMark(text: string, cut: number): boolean {
  if (!/[>\]]/.test(text.charAt(cut - 1))) return false;
  const near = text.slice(Math.max(0, cut - 64), cut);
  return /(?:<\|[^<>|]*\|>|<[^<>\s]*>|\[\/?[A-Z_]+\])$/.test(near);
}

/** The cut, moved before a mark that it would fall into. */
function outsideMark(text: string, cut: number): number {
  const from = Math.max(0, cut - 64);
  for (const found of text.slice(from, cut + 64).matchAll(mark)) {
    const start = from + found.index;
    if (start < cut && cut < start + found[0].length) return start;
  }
  return cut;
}

function noSharedPrompt(): RowFault {
  return new RowFault(
    'no-shared-prompt',
    "'chosen' and 'rejected' do not begin with the same prompt",
    "add a 'prompt' column, or begin both with it",
  );
}
