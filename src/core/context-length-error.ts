// The refusal of a prompt that the model cannot hold, with its numbers for the edge.
import { InputError } from './errors.ts';

/** The prompt is too long for the model, alone or with the answer that was asked for. */
export class ContextLengthError extends InputError {
  readonly promptTokens: number;
  /** Tokens of the answer that were asked for; 1 where the request left it open. */
  readonly newTokens: number;
  readonly maxLength: number;

  constructor(sizes: {
    readonly promptTokens: number;
    readonly newTokens: number;
    readonly maxLength: number;
  }) {
    const { promptTokens, newTokens, maxLength } = sizes;
    super(
      `Cannot answer: the prompt holds ${promptTokens} tokens and the answer may take ${newTokens}, the model's longest ` +
        `sequence is ${maxLength} tokens; shorten the prompt or ask for fewer new tokens`,
    );
    this.promptTokens = promptTokens;
    this.newTokens = newTokens;
    this.maxLength = maxLength;
  }
}
