export * from './port.js';
export * from './retention.js';
export type { DatabaseOptions } from './postgres/database.js';
export { type PostgresRecords, type PostgresRecordsOptions, postgresRecords } from './postgres/postgres-records.js';
export { type MemoryRecords, type MemoryRecordsOptions, memoryRecords } from './memory/memory-records.js';
export * from './provision/provision.js';
