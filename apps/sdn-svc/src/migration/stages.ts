/** The stages of the migration from Open vSwitch to OVN, in order, as the reference names them. */
export const stages = [
  '10_PREPARE',
  '20_DEPLOY_OVN_DB',
  '30_DEPLOY_OVN_CONTROLLERS',
  '40_MIGRATE_DATAPLANE',
  '50_FINALIZE_MIGRATION',
  '60_CLEANUP',
] as const;
export type StageName = (typeof stages)[number];
export type StageState = 'started' | 'completed' | 'failed';

interface StageFacts {
  readonly does: string;
  readonly impact: string;
  /** From then on it is overdue, and `failed` until it gets on. */
  readonly deadlineSeconds: number;
}

const hour = 3600;

export const stageFacts: Readonly<Record<StageName, StageFacts>> = {
  '10_PREPARE': { does: 'bridge mappings are backed up', impact: 'no downtime', deadlineSeconds: hour },
  '20_DEPLOY_OVN_DB': {
    does: 'the databases of OVN come, the network API and the agents but those of routers stop',
    impact: 'outage of the network API and of metadata begins',
    deadlineSeconds: 2 * hour,
  },
  '30_DEPLOY_OVN_CONTROLLERS': {
    does: 'controllers come beside the running switches, networks are written into OVN, the API starts',
    impact: 'the network API may fail partly',
    deadlineSeconds: 3 * hour,
  },
  '40_MIGRATE_DATAPLANE': {
    does: 'controllers take over the switches',
    impact: 'short loss of traffic of instances',
    deadlineSeconds: 3 * hour,
  },
  '50_FINALIZE_MIGRATION': {
    does: 'agents of routers go, metadata agents come',
    impact: 'short loss of traffic; the outage of metadata ends',
    deadlineSeconds: 2 * hour,
  },
  '60_CLEANUP': { does: 'what Open vSwitch agents left is removed', impact: 'none', deadlineSeconds: 2 * hour },
};

/** The first stage that cannot be taken back but by restoring the database. */
export const noReturn: StageName = '20_DEPLOY_OVN_DB';
