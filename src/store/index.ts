// Where things are kept: the database, blobs, and the search language over both.
export {
  type Database,
  type DialectName,
  type InsertMany,
  type Migration,
  migrate,
  openDatabase,
  type Tables,
  type Transaction,
  type Value,
  type Vocabulary,
} from './database/index.ts';
