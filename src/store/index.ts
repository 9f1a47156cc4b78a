// Where things are kept: the database, blobs, and the search language over both.
export * from './blobs/index.ts';
export * from './database/index.ts';
export * from './search/index.ts';
