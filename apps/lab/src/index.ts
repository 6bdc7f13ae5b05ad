export { BareCluster, type BareClusterOptions } from './clusters/bare-cluster.js';
export type {
  ChildApi,
  ChildWrite,
  ClusterPki,
  ListenAddress,
  MakeChildApi,
  SavedObjects,
} from './clusters/child-api.js';
export { type ChildSurroundings, type Serve, engineBehind, engineChildApi } from './clusters/engine-child-api.js';
export { ClusterWorld } from './clusters/cluster-world.js';
export type { ClusterWorldOptions } from './clusters/cluster.js';
export type { ClusterState, Member } from './clusters/cluster.state.js';
export { restoredLog } from './clusters/restored-log.js';
export { controlHandler, type ControlOptions } from './control/control.js';
export {
  cloudFaultMenu,
  type Fault,
  type FaultKind,
  type FaultPlanOptions,
  Faults,
  drawFaults,
  agentFaultMenu,
  faultMenu,
  isFaultKind,
  podFaultMenu,
  standInFaultMenu,
} from './faults/faults.js';
export { type Lab, type LabOptions, createLab, defaultBmcPassword, defaultBmcUser } from './lab.js';
export { type DestructiveAction, Ledger, type LedgerEntry } from './ledger/ledger.js';
export { type Handler, type Listener, listen } from './listen/https.js';
export { migrationBandwidth } from './openstack/compute/migrations.js';
export type { SavedCloud } from './openstack/saved-cloud.js';
export type { RedfishRequest, RedfishService } from './redfish/service.js';
export { clusterParams, isClusterItem, pkiOf } from './runner/cluster-items.js';
export { fileStore } from './snapshot/file-store.js';
export type { SnapshotStore } from './snapshot/snapshot.js';
export { standInForAbsent, type StandInSurroundings } from './stand-ins/stand-ins.js';
export { hardwareOf, macOf, serverName } from './world/hardware.js';
export { Pace, type Timings, ordinaryTimings } from './world/pace.js';
export type { PowerCommand, Server } from './world/server.js';
export { serverStages, type Stage } from './world/server.states.js';
