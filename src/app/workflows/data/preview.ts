// The first examples of data files as a model sees them.
import {
  type ColumnMapping,
  describePlace,
  type FormatName,
  type PreviewSide,
  type Purpose,
  previewExample,
  readExamples,
} from '../../../data/index.ts';
import { openTokenizer } from './tokenizer.ts';

/** Which examples are shown how. */
export type PreviewRequest = {
  readonly files: readonly string[];
  /** Directory with the tokenizer. */
  readonly model: string;
  readonly count: number;
  readonly purpose?: Purpose;
  readonly columns?: ColumnMapping;
  readonly format?: FormatName;
  readonly trainOn?: 'assistant' | 'last' | 'all';
  readonly boundary?: 'joint' | 'separate';
};

/** One example, and where it came from. */
export type DataPreview = { readonly place: string; readonly sides: readonly PreviewSide[] };

/** Examples from the first on, read no further than asked. */
export async function* previewData(request: PreviewRequest): AsyncGenerator<DataPreview> {
  const { tokenizer } = await openTokenizer(request.model);
  const { purpose, columns, format, trainOn, boundary, count } = request;
  const reading = {
    limit: count,
    ...(purpose && { purpose }),
    ...(columns && { columns }),
    ...(format && { format }),
  };
  const encoding = { ...(trainOn && { trainOn }), ...(boundary === 'separate' && { boundary }) };
  for await (const example of readExamples(request.files, reading))
    yield { place: describePlace(example.origin), sides: await previewExample(tokenizer, example, encoding) };
}
