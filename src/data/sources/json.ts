// JSON files, element by element: an array of records, an object that wraps one array, or records one after another.
import { faultAt, RowFault } from '../fault.ts';
import { type JsonLayout, JsonSplitter } from './json-splitter.ts';
import { recordItem, type SourceItem } from './row.ts';
import { type Progress, validUtf8 } from './utf8.ts';

/** Members that hold a list within one record, so that an object with them is a record and wraps no records. */
const listColumns = new Set([
  'messages',
  'conversations',
  'conversation',
  'prompt',
  'completion',
  'chosen',
  'rejected',
  'responses',
  'pairs',
  'tools',
  'functions',
  'history',
  'preferred_output',
  'non_preferred_output',
]);

/** The rows of a JSON text, some at a time; `line` counts records. */
export async function* readJson(
  chunks: AsyncIterable<Buffer>,
  file: string,
  progress: Progress,
  layout: JsonLayout,
): AsyncGenerator<SourceItem[]> {
  const splitter = new JsonSplitter(layout);
  progress.line = 0;
  for await (const chunk of validUtf8(chunks)) {
    const items: SourceItem[] = [];
    for (const element of splitter.push(chunk)) items.push(parseElement(element, file, ++progress.line));
    if (items.length > 0) yield items;
  }
  splitter.finish();
}

/** The layout of a JSON text, told by its beginning. */
export function jsonLayout(head: string): JsonLayout {
  if (head.trimStart().startsWith('[')) return 'array';
  const member = firstArrayMember(head);
  return member === undefined || listColumns.has(member) ? 'values' : 'wrapped';
}

function parseElement(element: Buffer, file: string, record: number): SourceItem {
  const origin = { file, line: record, unit: 'record' } as const;
  try {
    return recordItem(JSON.parse(element.toString('utf8')), origin);
  } catch (error) {
    const detail = error instanceof Error ? error.message.slice(0, 160) : String(error);
    return faultAt(
      origin,
      new RowFault('not-json', `Record is not JSON (${detail})`, 'fix or delete that record'),
    );
  }
}

/** The first member of a top-level object whose value is an array, as far as `head` reaches. */
function firstArrayMember(head: string): string | undefined {
  const token = /"((?:[^"\\]|\\.)*)"|[[\]{}]/gs;
  let depth = 0;
  let word: string | undefined;
  for (const match of head.matchAll(token)) {
    if (match[1] !== undefined) word = depth === 1 ? match[1] : word;
    else if (match[0] === '{' || match[0] === '[') {
      if (match[0] === '[' && depth === 1) return word;
      depth++;
    } else if (--depth === 0) return undefined;
  }
  return undefined;
}
