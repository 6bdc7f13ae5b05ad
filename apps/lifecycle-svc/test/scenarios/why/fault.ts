import { BareMetalHostKind, ClusterKind, type KubeObject, type Reference } from '@keelson/api';
import { aHeldPod, aNodeLock } from '../protocol.js';
import {
  type Rack,
  aCluster,
  aKaasRelease,
  aMachine,
  aPlan,
  aSubnet,
  clusterName,
  namespace,
  nextRelease,
  nextReleaseName,
  planIsAsked,
  release,
} from '../rack/rack.js';

/** A fault, what is asked about, and the one thing that holds it: the table by which `why` is judged. */
export interface Fault {
  readonly name: string;
  /** Instead of one control-plane machine and one worker. */
  readonly given?: readonly KubeObject[];
  /** Before the manifests are applied. */
  readonly before?: (rack: Rack) => Promise<unknown> | void;
  /** Once the cluster is ready; absent: it never becomes so. */
  readonly act?: (rack: Rack) => Promise<unknown> | void;
  /** `kind/name`; the Cluster unless given. */
  readonly of?: readonly [kind: string, name: string];
  readonly cause: Partial<Reference>;
}

export const value = (rack: Rack, more: object): Promise<unknown> =>
  rack.world.api.patch(ClusterKind, { namespace, name: clusterName }, { spec: { providerSpec: { value: more } } });
export const nodeOf = async (rack: Rack): Promise<string> => (await rack.machine('wk-1')).status?.instanceName ?? '';
export const lock = async (rack: Rack): Promise<void> =>
  void (await (await rack.child()).create(aNodeLock('sre', await nodeOf(rack))));
export const budget = async (rack: Rack): Promise<void> => aHeldPod(rack, await rack.child(), await nodeOf(rack));
export const enter = async (rack: Rack): Promise<void> => {
  await value(rack, { maintenance: true });
  await rack.ask('wk-1', { maintenance: true });
};
export const update = async (rack: Rack): Promise<void> => {
  await rack.world.apply(nextRelease(), aKaasRelease());
  await rack.world.until(
    'the update is offered',
    async () => ((await rack.cluster()).status?.providerStatus?.releaseRefs?.available ?? []).length > 0,
    300,
  );
  await planIsAsked(rack.world);
  await value(rack, { release: nextReleaseName });
};
export const failing = (item: string) => (rack: Rack) =>
  void rack.failures.set(
    item,
    Array.from({ length: 99 }, () => 1),
  );
export const hostError = (rack: Rack): Promise<unknown> =>
  rack.world.report(
    BareMetalHostKind,
    { namespace, name: 'srv-2' },
    { errorMessage: 'the BMC refuses the password', operationalStatus: 'error' },
  );
export const control = aMachine('cp-1', 1);
export const with_ = (worker: object, cluster: object = {}): readonly KubeObject[] => [
  aSubnet(),
  aCluster(cluster),
  control,
  aMachine('wk-1', 2, worker),
];
export const brokenRelease = (): KubeObject =>
  JSON.parse(
    JSON.stringify(release()).replaceAll('{{nodeName}}', '{{nodeTitle}}').replace('mosk-21-1-0-26-1', 'mosk-broken'),
  ) as KubeObject;
export const plan: KubeObject = aPlan(false, 'k8s-controllers');
