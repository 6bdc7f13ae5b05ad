import {
  type KubeObject,
  NodeKind,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  PodKind,
  type Progress,
} from '@keelson/api';
import type { WhyLink } from '@keelson/contracts';
import { transient } from '@keelson/std';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import type { Recovery } from '../../../src/outage/recovery.js';
import type { MemberReport } from '../../../src/ovn/member-report.js';
import type { Checked } from '../../../src/probes/check.js';
import type { Renderer } from '../../../src/rollout/renderer.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

export const namespace = 'openstack';
const nodes = {
  'ctl-1': { 'openstack-control-plane': 'enabled' },
  'ctl-2': { 'openstack-control-plane': 'enabled' },
  'cmp-1': { 'openstack-compute-node': 'enabled' },
  'cmp-2': { 'openstack-compute-node': 'enabled' },
  'cmp-3': { 'openstack-compute-node': 'enabled' },
};

/** A cloud that is applied and healthy, in which faults are injected one after the other. */
export class FaultyCloud {
  readonly world: CloudWorld;
  /** What is wrong with nova by its own API. */
  readonly complaint: { message?: string | undefined };
  /** What members of OVN's databases say. */
  readonly members: Map<string, MemberReport>;
  /** What nova and Masakari say of hosts that are away. */
  readonly recovery: { isSilent: boolean; isUp: boolean; ended: string | undefined; told?: number };
  base: SpecPatch;
  #changes = 0;

  constructor(world: CloudWorld, state: Pick<FaultyCloud, 'complaint' | 'members' | 'recovery' | 'base'>) {
    this.world = world;
    this.complaint = state.complaint;
    this.members = state.members;
    this.recovery = state.recovery;
    this.base = state.base;
  }

  /** The spec is the base and this. */
  set(patch: SpecPatch): Promise<void> {
    return this.world.apply(aDeployment({ ...this.base, ...patch }));
  }

  /** Every service has something to apply. */
  change(): Promise<void> {
    this.#changes += 1;
    this.base = { ...this.base, region_name: `region-${this.#changes}` };
    return this.set({});
  }

  /** A pod as its kubelet reports it. */
  async pod(name: string, labels: Record<string, string>, status: object, nodeName?: string): Promise<void> {
    const pod: KubeObject & { spec: object } = {
      apiVersion: 'v1',
      kind: PodKind.kind,
      metadata: { namespace, name, labels },
      spec: {
        ...(nodeName === undefined ? {} : { nodeName }),
        containers: [{ name: 'main', image: 'registry/main:1' }],
      },
    };
    await this.world.api.create(pod);
    await this.world.api.patch(PodKind, { namespace, name }, { status }, { subresource: 'status' });
  }

  noPods(): Promise<unknown> {
    return this.each(PodKind, (key) => this.world.api.delete(PodKind, key, { gracePeriodSeconds: 0 }));
  }

  async each(
    kind: typeof PodKind,
    visit: (key: { namespace: string; name: string }) => Promise<unknown>,
  ): Promise<void> {
    for (const { metadata } of (await this.world.api.list(kind)).items) await visit({ namespace, name: metadata.name });
  }

  node(name: string, isReady: boolean): Promise<unknown> {
    const lastTransitionTime = new Date(this.world.clock.now()).toISOString();
    const condition = { type: 'Ready', status: isReady ? 'True' : 'Unknown', lastTransitionTime };
    return this.world.api.patch(NodeKind, { name }, { status: { conditions: [condition] } }, { subresource: 'status' });
  }

  async why(kind: string, name: string): Promise<readonly WhyLink[]> {
    const isCloud = kind.startsWith('OpenStack');
    return (await this.world.manager.why(kind, isCloud ? { namespace, name } : { name })).chain;
  }

  /** What the top object itself tells. */
  async progress(name = cloudKey.name): Promise<Progress | undefined> {
    return (await this.world.api.get(OpenStackDeploymentKind, { namespace, name }))?.status?.progress;
  }

  /** The apply tells this. */
  tells(text: string): Promise<void> {
    return this.world.until(`the apply tells "${text}"`, async () => {
      const { status } = (await this.world.api.get(OpenStackDeploymentStatusKind, cloudKey)) ?? {};
      return status?.progress?.message?.includes(text) === true;
    });
  }

  isWell(): Promise<void> {
    return this.world.until('all is well', async () => {
      const status = await this.world.status();
      const { state, reason } = (await this.progress()) ?? {};
      const [healthy, all] = (status?.osdpl?.health ?? '?/').split('/');
      return [status?.osdpl?.state, state].every((is) => is === 'APPLIED') && reason === undefined && healthy === all;
    });
  }
}

export async function aFaultyCloud(base: SpecPatch, renderer: Renderer = smallRenderer): Promise<FaultyCloud> {
  const complaint: FaultyCloud['complaint'] = {};
  const members: FaultyCloud['members'] = new Map();
  const recovery: FaultyCloud['recovery'] = { isSilent: false, isUp: false, ended: undefined };
  const world = await aCloudWorld({
    ports: {
      renderer,
      askMember: (_, member) => Promise.resolve(members.get(member)),
      recoveryOf: () => recoveryBy(recovery),
      apis: {
        ask: async ({ name, project }) => (name === 'compute' ? [checkedBy(project, complaint.message)] : []),
      },
    },
  });
  const cloud = new FaultyCloud(world, { complaint, members, recovery, base });
  for (const [name, labels] of Object.entries(nodes)) {
    await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
    await cloud.node(name, true);
  }
  world.hypervisors.hosts = ['cmp-1', 'cmp-2', 'cmp-3'];
  return cloud;
}

function checkedBy(application: string, message: string | undefined): Checked {
  const component = 'check-services';
  return message === undefined
    ? { application, component, finding: 'Ready' }
    : { application, component, finding: 'Unhealthy', message };
}

function recoveryBy(state: FaultyCloud['recovery']): Recovery {
  const host = { id: '1', uuid: 'h-1', segment: 's-1', isOnMaintenance: false };
  const service = { id: 'service-1', host: 'cmp-2', zone: 'nova', isEnabled: true, disabledReason: '' };
  return {
    computeOn: async () => {
      if (state.isSilent) throw transient('nova does not answer', { reason: 'Unreachable' });
      return { ...service, isUp: state.isUp };
    },
    protectionOf: async () => host,
    notificationsOf: async () => {
      if (state.ended === undefined || state.told === undefined) return [];
      return [{ id: 'n-1', status: state.ended, generatedAt: state.told }];
    },
    tellDown: async (_, since) => {
      state.told = since;
    },
    protect: async () => undefined,
    enableCompute: async () => undefined,
  };
}
