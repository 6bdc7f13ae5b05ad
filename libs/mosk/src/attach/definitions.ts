import { crdOf, type CustomResourceDefinition, CustomResourceDefinitionKind, keyOf } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, sha256Json, sleep } from '@keelson/std';
import type { ClusterSide } from './attachment.js';

const digest = 'keelson.dev/definition-digest';
/** How often it is asked whether definitions are served, and how often at most. */
const askMs = 500;
const asks = 60;

/**
 * Installs the definitions that a cluster lacks or has in another form.
 *
 * @returns how many were written
 */
export async function installDefinitions(
  api: KubeApi,
  { service: fieldManager, kinds }: Pick<ClusterSide, 'service' | 'kinds'>,
  clock: Clock,
): Promise<number> {
  const known = new Map((await api.list(CustomResourceDefinitionKind)).items.map((crd) => [crd.metadata.name, crd]));
  const wanted = kinds.map((kind) => withDigest(crdOf(kind)));
  const changed = wanted.filter(
    (crd) => known.get(crd.metadata.name)?.metadata.annotations?.[digest] !== crd.metadata.annotations?.[digest],
  );
  for (const crd of changed) await api.apply(crd, { fieldManager, force: true });
  for (const crd of changed) await untilServed(api, crd, clock);
  return changed.length;
}

function withDigest(crd: CustomResourceDefinition): CustomResourceDefinition {
  const annotations = { ...crd.metadata.annotations, [digest]: sha256Json(crd).slice(0, 16) };
  return { ...crd, metadata: { ...crd.metadata, annotations } };
}

async function untilServed(api: KubeApi, crd: CustomResourceDefinition, clock: Clock): Promise<void> {
  for (let i = 0; i < asks; i += 1) {
    const live = await api.get(CustomResourceDefinitionKind, keyOf(crd));
    if (live?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    await sleep(clock, askMs);
  }
}
