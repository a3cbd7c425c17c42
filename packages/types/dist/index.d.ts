/** The GraphQL contract: its types, and the operations of `operations/` as typed documents. */
export type * from './schema.js';
export type * from './operations.js';
export * from './documents.js';
