// Parts that model families share.
export * from './attention.ts';
export * from './mask.ts';
export * from './slot-attention.ts';
