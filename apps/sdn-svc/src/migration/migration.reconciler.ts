import {
  type ConfigMap,
  ConfigMapKind,
  CronJobKind,
  type Job,
  JobKind,
  type KubeObject,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { adminCredentialOf, adminSecretName, entranceSecretName, migrationStateName } from '@keelson/mosk';
import { input, type Reader, type Reconciler, type StepTable } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { cloudNamespace, ourMaps, ourSecrets, sdnObjects } from '../names.js';
import { backupCronJobName, backupJob, backupJobName, backupStanding, withoutBackupAnnotation } from './backup.js';
import {
  acceptedAnnotation,
  askedAnnotation,
  migrationFinalizer,
  type MigrationStep,
  type MigrationWorld,
  planMigration,
  untilAnnotation,
} from './migration.plan.js';
import { LeftoverMemory } from './leftovers.js';
import type { NetworkApi, NetworkApiOf } from './networks.js';
import { preflight } from './preflight.js';
import { noReturn, stages } from './stages.js';
import { currentStage, hasBegun, renderedName, stateMap, stateOf } from './state.js';

const namespaces = [cloudNamespace];

/** Leads a cloud from Open vSwitch to OVN, stage by stage. openstack-svc renders each stage; this one checks and goes on. */
export function migrationReconciler(
  networkApiOf: NetworkApiOf,
): Reconciler<OpenStackDeployment, MigrationWorld, MigrationStep> {
  const memory = new LeftoverMemory(networkApiOf);
  return {
    name: 'sdn/migration',
    kind: OpenStackDeploymentKind,
    summary: 'Leads a cloud from Open vSwitch to OVN, stage by stage, when an operator asks for it.',
    inputs: [
      input<ConfigMap>({
        kind: ConfigMapKind,
        selection: ourMaps,
        mapToOwn: everyCloud,
        relevant: ({ metadata, data }) => [metadata.deletionTimestamp, data],
      }),
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: ({ metadata }) => [metadata],
        relevant: ({ status }) => [status?.osdpl?.state, status?.progress?.message],
      }),
      input<KubeObject>({
        kind: CronJobKind,
        selection: { labelSelector: sdnObjects },
        mapToOwn: everyCloud,
        relevant: ({ metadata }) => metadata.generation,
      }),
      input<Job>({
        kind: JobKind,
        selection: { labelSelector: sdnObjects },
        mapToOwn: everyCloud,
        relevant: ({ status }) => [status?.succeeded, status?.conditions],
      }),
      input<Secret>({ kind: SecretKind, selection: ourSecrets, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: OpenStackDeploymentKind, mode: 'shared', verbs: ['patch'], namespaces },
      { kind: ConfigMapKind, mode: 'shared', verbs: ['apply', 'delete'], namespaces, names: [migrationStateName] },
      { kind: JobKind, mode: 'shared', verbs: ['create', 'delete'], namespaces, names: [backupJobName] },
    ],
    polls: [{ system: "the cloud's network API, while a migration is asked for", everySeconds: 600 }],
    concurrency: 1,
    resyncSeconds: 600,
    observe: (reader, deployment) => observe(reader, deployment, memory),
    plan: planMigration,
    steps: migrationSteps(memory),
    status: () => undefined,
  };
}

async function observe(
  reader: Reader,
  deployment: OpenStackDeployment,
  memory: LeftoverMemory,
): Promise<MigrationWorld> {
  const { namespace = '', annotations = {} } = deployment.metadata;
  const state = stateOf(reader.get(ConfigMapKind, { namespace, name: migrationStateName }));
  const cloud = reader.get(OpenStackDeploymentStatusKind, deployment.metadata)?.status;
  const asked = annotations[askedAnnotation];
  const base: MigrationWorld = {
    now: reader.now,
    deployment,
    asked: asked === 'preflight' || asked === 'backup' || asked === 'migrate' ? asked : undefined,
    withoutBackup: annotations[withoutBackupAnnotation] === 'true',
    backup: {
      standing: backupStanding(reader.get(JobKind, { namespace, name: backupJobName })),
      job: backupJob(namespace, reader.get(CronJobKind, { namespace, name: backupCronJobName })),
    },
    until: stages.find((stage) => stage === annotations[untilAnnotation]),
    accepted: (annotations[acceptedAnnotation] ?? '').split(',').map((name) => name.trim()),
    state,
    findings: undefined,
    bridgeMappings: undefined,
    rendered: reader.get(ConfigMapKind, { namespace, name: renderedName })?.data?.['stage'],
    cloud: { state: cloud?.osdpl?.state, message: cloud?.progress?.message },
    silent: undefined,
    leftovers: undefined,
    trouble: undefined,
  };
  const hasPassed = state !== undefined && hasBegun(state, noReturn);
  if (!hasPassed && (base.asked === undefined || base.asked === 'backup')) return base;
  if (hasPassed && (currentStage(state) === undefined || base.rendered === undefined)) return base;
  try {
    const api = networkApi(reader, namespace, memory.networkApiOf);
    if (api === undefined) return { ...base, trouble: 'the credential of the administrator is not there' };
    if (hasPassed && currentStage(state) === '60_CLEANUP')
      return { ...base, leftovers: memory.standing(await api.leftovers(), reader.now) };
    if (hasPassed) return { ...base, silent: await api.silentControllers() };
    const networks = await api.networks();
    const bridgeMappings = networks.bridgeMappings.map(({ host, mappings }) => `${host} ${mappings}`).join('\n');
    return { ...base, bridgeMappings, findings: preflight({ spec: deployment.spec, networks }) };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { ...base, trouble: error.message };
  }
}

function networkApi(reader: Reader, namespace: string, networkApiOf: NetworkApiOf): NetworkApi | undefined {
  const find = (name: string): Secret | undefined => reader.get(SecretKind, { namespace, name });
  const credential = adminCredentialOf(find(adminSecretName), find(entranceSecretName));
  return credential === undefined ? undefined : networkApiOf(credential);
}

const migrationSteps = (memory: LeftoverMemory): StepTable<MigrationStep> => ({
  hold: {
    describe: ({ deployment }) => `hold ${deployment.metadata.name} while its networks are migrated`,
    run: ({ deployment }, writer) => writer.addFinalizer(deployment, migrationFinalizer),
  },
  release: {
    describe: ({ deployment }) => `let go of ${deployment.metadata.name}`,
    run: ({ deployment }, writer) => writer.removeFinalizer(deployment, migrationFinalizer),
  },
  write: {
    describe: ({ what }) => `write down ${what}`,
    run: async ({ namespace, state }, writer) => {
      await writer.apply(ConfigMapKind, stateMap(namespace, state), { force: true });
    },
  },
  forget: {
    describe: () => 'forget the migration, of which nothing was begun that cannot be taken back',
    run: async ({ namespace }, writer) => {
      await writer.delete(JobKind, { namespace, name: backupJobName }, { propagation: 'Background' });
      await writer.delete(ConfigMapKind, { namespace, name: migrationStateName });
    },
  },
  backUp: {
    describe: ({ job }) => `back the database up by the Job ${job.metadata.name}`,
    // What is there stays: it was made by a process that died then.
    run: async ({ job }, writer) => {
      try {
        await writer.create(JobKind, job);
      } catch (error) {
        if (!isFailure(error, 'conflict')) throw error;
      }
    },
  },
  dropBackup: {
    describe: () => 'remove the Job of a backup that is too old',
    run: ({ namespace }, writer) =>
      writer.delete(JobKind, { namespace, name: backupJobName }, { propagation: 'Background' }),
  },
  setBackend: {
    describe: ({ name }) => `set spec.features.neutron.backend of ${name} to ml2/ovn`,
    run: async ({ namespace, name }, writer) => {
      const patch = { spec: { features: { neutron: { backend: 'ml2/ovn' } } } };
      await writer.patch(OpenStackDeploymentKind, { namespace, name }, patch);
    },
  },
  remove: {
    describe: ({ leftovers: [first, ...more] }) =>
      `remove ${first?.what ?? 'nothing'}${more.length === 0 ? '' : ` and ${more.length} more`}, which Open vSwitch has left`,
    run: async ({ leftovers, now }) => {
      for (const leftover of leftovers) await memory.remove(leftover, now);
    },
  },
});

const own: readonly string[] = [migrationStateName, renderedName, backupJobName, backupCronJobName];

function everyCloud({ metadata }: KubeObject, reader: Reader): readonly ObjectKey[] {
  if (!own.includes(metadata.name)) return [];
  return reader.list(OpenStackDeploymentKind).map((deployment) => deployment.metadata);
}
