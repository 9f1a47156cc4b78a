// What the loop asks of those who write samples.

/** Tables of texts that the model writes at each evaluation. */
export type SampleTables = {
  /** Takes back what was written after so many examples. */
  keepThrough(examples: number): Promise<void>;
  /** Adds the samples of an evaluation after so many examples. */
  write(examples: number): Promise<void>;
  close(): Promise<void>;
};
