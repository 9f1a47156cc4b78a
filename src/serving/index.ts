// Serving: loaded models that answer many requests at once. No HTTP.
export * from './engine/index.ts';
export * from './pool/index.ts';
