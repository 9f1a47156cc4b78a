// What this protocol writes onto its jobs, so that they are found again.

/** The face's name: the label `hone.face`. */
export const faceName = 'dpo';

/** The group of its jobs, of which workers take so many at once. */
export const groupKey = 'dpo';

export const labels = {
  experiment: 'dpo.exp_name',
  algo: 'dpo.algo',
  knowledgeBase: 'dpo.kb_id',
  /** The knowledge base among those of its owner, or of all where a gateway keeps them apart. */
  exclusive: 'dpo.exclusive',
  /** Hash of an `Idempotency-Key`. */
  idempotency: 'dpo.idempotency_key',
  /** Hash of the request's body. */
  request: 'dpo.request',
} as const;
