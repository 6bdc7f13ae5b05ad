import {
  ClusterKind,
  type KubeObject,
  LCMClusterUpgradeStatusKind,
  LCMMachineUpgradeStatusKind,
  MachineKind,
  NodeKind,
  NodeMaintenanceRequestKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { FaultRule } from '@keelson/testing';
import {
  type Rack,
  aKaasRelease,
  aRack,
  clusterName,
  namespace,
  nextRelease,
  nextReleaseName,
  planIsAsked,
  theCluster,
} from '../rack/rack.js';

/** A cluster of three control-plane machines and some workers, to which a release is offered; one for each test. */
export class Updating {
  /** What happens to calls of the API. */
  fault: FaultRule = () => undefined;
  #rack: Rack | undefined;

  /** Builds it, with that many workers. */
  readonly begin = async (
    workers: number,
    reboots = false,
    ...more: readonly KubeObject[]
  ): Promise<{ readonly rack: Rack; readonly child: KubeApi }> => {
    const rack = await aRack({ servers: 3 + workers, hermetic: { faults: { api: (call) => this.fault(call) } } });
    this.#rack = rack;
    await rack.world.apply(nextRelease(), aKaasRelease(reboots), ...more, ...theCluster(workers));
    await rack.allReady();
    return { rack, child: await rack.child() };
  };

  /** Asks for the offered release, by its plan. */
  readonly update = async (): Promise<void> => {
    await planIsAsked(this.#built.world);
    await this.write();
  };

  /** Writes a release on the Cluster by hand. */
  readonly write = (release = nextReleaseName): Promise<unknown> =>
    this.#built.world.api.patch(
      ClusterKind,
      { namespace, name: clusterName },
      { spec: { providerSpec: { value: { release } } } },
    );

  readonly isDone = async (): Promise<boolean> => {
    const { status } = await this.#built.cluster();
    return status?.providerStatus?.releaseRefs?.current?.name === nextReleaseName;
  };

  readonly label = (machine: string, group: string): Promise<unknown> =>
    this.#built.world.api.patch(
      MachineKind,
      { namespace, name: machine },
      { metadata: { labels: { 'kaas.mirantis.com/update-group': group } } },
    );

  readonly leafOf = async (kind: string, name: string) =>
    (await this.#built.manager.why(kind, { namespace, name })).chain.at(-1)?.object;

  /** What the upgrade statuses of a cluster and its machines show: the stages that are not over, by name of the object. */
  readonly unfinished = async (): Promise<Record<string, readonly string[]>> => {
    const { api } = this.#built.world;
    return Object.fromEntries(
      [
        ...(await api.list(LCMClusterUpgradeStatusKind, { namespace })).items,
        ...(await api.list(LCMMachineUpgradeStatusKind, { namespace })).items,
      ].map(({ metadata, release, stages }) => [
        `${metadata.name} to ${release}`,
        stages.filter(({ success }) => !success).map(({ name }) => name),
      ]),
    );
  };

  /** Messages of the stages of one machine, or their states where there are none. */
  readonly stagesOf = async (machine: string): Promise<Record<string, string>> => {
    const shown = await this.#built.world.api.get(LCMMachineUpgradeStatusKind, { namespace, name: machine });
    return Object.fromEntries(shown?.stages.map(({ name, message, status }) => [name, message ?? status]) ?? []);
  };

  /** The most nodes of each part that were out of use at once. */
  readonly watched = async (
    child: KubeApi,
    until: () => Promise<boolean>,
  ): Promise<{ readonly control: number; readonly worker: number }> => {
    const rack = this.#built;
    const most = { control: 0, worker: 0 };
    await rack.world.until(
      'the update is over',
      async () => {
        const out = new Set((await child.list(NodeMaintenanceRequestKind)).items.map(({ spec }) => spec.nodeName));
        const machines = (await rack.machines()).filter(({ status }) => out.has(status?.instanceName ?? ''));
        const control = machines.filter(({ metadata }) => metadata.name.startsWith('cp')).length;
        most.control = Math.max(most.control, control);
        most.worker = Math.max(most.worker, machines.length - control);
        return until();
      },
      4 * 3600,
    );
    return most;
  };

  async close(): Promise<void> {
    this.fault = () => undefined;
    await this.#rack?.close();
    this.#rack = undefined;
  }

  get #built(): Rack {
    if (this.#rack === undefined) throw new Error('begin() comes first');
    return this.#rack;
  }
}

/** Versions of the kubelets, by machine. */
export async function kubelets(child: KubeApi): Promise<Record<string, string | undefined>> {
  return Object.fromEntries(
    (await child.list(NodeKind)).items.map((node) => [
      node.metadata.labels?.['kaas.mirantis.com/machine-name'] ?? '',
      node.status?.nodeInfo?.['kubeletVersion'],
    ]),
  );
}

export function aGroup(
  name: string,
  index: number,
  concurrentUpdates: number,
  rebootIfUpdateRequires = false,
): KubeObject {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'UpdateGroup',
    metadata: { name, namespace, labels: { 'cluster.sigs.k8s.io/cluster-name': clusterName } },
    spec: { index, concurrentUpdates, rebootIfUpdateRequires },
  } as KubeObject;
}
