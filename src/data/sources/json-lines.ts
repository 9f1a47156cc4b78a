// JSONL: one JSON object per line; a bad line is a fault of its own and reading goes on.
import { isUtf8 } from 'node:buffer';
import { faultAt, RowFault } from '../fault.ts';
import { recordItem, type SourceItem } from './row.ts';
import { invalidUtf8, type LineBlock, lineBlocks, type Progress } from './utf8.ts';

/** The rows of a JSONL text, some lines at a time. Blank lines are skipped. */
export async function* readJsonLines(
  chunks: AsyncIterable<Buffer>,
  file: string,
  progress: Progress,
): AsyncGenerator<SourceItem[]> {
  for await (const block of lineBlocks(chunks, progress)) yield parseBlock(block, file);
}

function parseBlock(block: LineBlock, file: string): SourceItem[] {
  const items: SourceItem[] = [];
  const sound = isUtf8(block.bytes);
  const complete = block.bytes.at(-1) === 10;
  let line = block.firstLine;
  let offset = block.offset;
  // An unsound block is split as bytes (latin1 keeps them), so that only its bad lines are refused.
  const lines = block.bytes.toString(sound ? 'utf8' : 'latin1').split('\n');
  lines.forEach((text, index) => {
    const bytes = sound ? undefined : Buffer.from(text, 'latin1');
    const origin = { file, line: line++ };
    if (bytes !== undefined && !isUtf8(bytes)) {
      items.push(faultAt(origin, invalidUtf8(bytes, offset, origin.line)));
    } else {
      const item = parseLine(bytes?.toString('utf8') ?? text, origin, complete || index < lines.length - 1);
      if (item !== undefined) items.push(item);
    }
    offset += (bytes?.length ?? 0) + 1;
  });
  return items;
}

function parseLine(
  text: string,
  origin: { file: string; line: number },
  ended: boolean,
): SourceItem | undefined {
  if (text.trim() === '') return undefined;
  try {
    return recordItem(JSON.parse(text), origin);
  } catch (error) {
    return faultAt(origin, describeJsonError(error, text, ended));
  }
}

function describeJsonError(error: unknown, text: string, ended: boolean): RowFault {
  const detail = error instanceof Error ? shortMessage(error) : String(error);
  if (!ended && /end of JSON|Unterminated|after (property|array)|double-quoted|property name/i.test(detail))
    return new RowFault(
      'truncated',
      `Last line is cut off after ${text.length} characters`,
      'copy the file again, or delete that line',
    );
  return new RowFault('not-json', `Line is not JSON (${detail})`, 'fix or delete that line');
}

/** V8's message without the repeated text. */
function shortMessage(error: Error): string {
  return error.message.replace(/ \(line 1 column \d+\)|, (\.\.\.)?".*is not valid JSON$/gs, '').slice(0, 160);
}
