// What the parts of an evaluation share: the request, the model, what comes out.
import type { ColumnMapping, FormatName } from '../../../data/index.ts';
import type { Tokenizer } from '../../../text/index.ts';
import type { ForwardRunner, RunControl } from '../../../training/index.ts';
import type { SourceModel } from '../../model-source.ts';

/** What is measured on what. */
export type EvaluationRequest = {
  /** A Hugging Face directory, or an adapter's whose base is found by its name. */
  readonly model: string;
  readonly data: readonly string[];
  readonly adapter?: string;
  /** Directory of the reference model; rewards are told against it. */
  readonly reference?: string;
  /** Told from the data unless given. */
  readonly recipe?: 'sft' | 'dpo';
  readonly tokenizer?: string;
  /** Of the rewards. @default 0.1 */
  readonly beta?: number;
  readonly maxLength?: number;
  readonly onLongPrompt?: 'refuse' | 'drop' | 'cut';
  readonly boundary?: 'joint' | 'separate';
  readonly trainOn?: 'assistant' | 'last' | 'all';
  readonly allowSpecialText?: boolean;
  readonly columns?: ColumnMapping;
  readonly format?: FormatName;
  readonly limit?: number;
  /** Examples (pairs for dpo) that are computed at once. @default 8 */
  readonly batchSize?: number;
  readonly threads?: number;
};

/** Counts, and metrics by the names of training. */
export type Evaluation = {
  readonly recipe: 'sft' | 'dpo';
  readonly model: string;
  readonly adapter: string | null;
  readonly reference: string | null;
  readonly data: readonly string[];
  /** Examples, or pairs. */
  readonly examples: number;
  readonly trained_tokens: number;
  /** Examples cut to the maximum length, and left out because their prompt fills it. */
  readonly cut: number;
  readonly dropped: number;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
};

/** What the parts of an evaluation share. */
export type EvaluationContext = {
  readonly source: SourceModel;
  readonly tokenizer: Tokenizer;
  readonly request: EvaluationRequest;
  readonly control: RunControl;
  readonly batchSize: number;
};

/** How a source's graphs are built and fed. */
export function forwardOptions(
  { parameters, wrap }: SourceModel,
  { threads = 0 }: Pick<EvaluationRequest, 'threads'>,
): ConstructorParameters<typeof ForwardRunner>[2] {
  return { metrics: true, recompute: false, parameters, session: { threads }, ...(wrap && { wrap }) };
}

/** Predicted tokens of encoded sequences. */
export function trainedTokens(sequences: readonly { readonly trained: ArrayLike<boolean> }[]): number {
  return sequences.reduce((sum, { trained }) => sum + Array.from(trained).filter(Boolean).length, 0);
}
