// Databases: SQLite and PostgreSQL behind one interface, with migrations.
export type { Database, DialectName, InsertMany, Tables, Transaction, Value } from './database.ts';
export { type Migration, migrate, type Vocabulary, vocabularies } from './migrate.ts';
export { openDatabase } from './open.ts';
