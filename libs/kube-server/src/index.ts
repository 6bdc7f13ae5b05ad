export * from './engine/engine.js';
export { type DisruptionStanding, disruptionStanding } from './engine/eviction.js';
export type { OidcOptions } from './auth/oidc.js';
export { signatureAlgorithms } from './auth/jwt.js';
export { finalizeNamespace } from './engine/namespaces.js';
export { serveEngine, type ServedApi, type ServeOptions } from './http/serve.js';
export type { PodLog, ProxiedRequest, ServiceProxy } from './http/context.js';
export * from './kinds/descriptor.js';
export { compareVersions, KindTable, type ServedGroup } from './kinds/kind-table.js';
export type { Admission, AdmissionRule, Call, Registry, User, Written } from './registry/context.js';
export { createObject, patchObject, type PatchType, replaceObject } from './registry/write.js';
export type { Part } from './registry/admit.js';
export {
  type DeleteCollectionResult,
  deleteCollection,
  deleteObject,
  deletionStatus,
  type Removed,
} from './registry/remove.js';
export { getObject, listObjects, type ObjectList, withFreshToken } from './registry/read.js';
export { type Bookmark, watchObjects, type WatchEvent, type WatchSink } from './registry/watch.js';
export { isTrue, type Query } from './registry/options.js';
export * from './registry/scale.js';
export * from './status/status.js';
export { defaultHistoryLimits, type HistoryLimits } from './storage/history.js';
export { type LogEntry, type LogState, type ObjectLog, WriterLost } from './storage/log.js';
export { type MemoryLogOptions, memoryLog } from './storage/memory-log.js';
export type { CommitListener, Store } from './storage/store.js';
export {
  type Draft,
  frozenCopy,
  type ManagedFieldsEntry,
  type Owner,
  type Stored,
  type StoredMeta,
} from './storage/stored.js';
export type { ResourceView } from './storage/view.js';
export { EventQueue } from './watch/event-queue.js';
export type { Watching } from './watch/hub.js';
export { isObject, type StructuralSchema } from './schema/schema.js';
export { postgresLog, type PostgresLogOptions } from './storage/postgres-log.js';
