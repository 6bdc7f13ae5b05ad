import { expect, it } from '@jest/globals';
import { type Pod, PodKind } from '@keelson/api';
import { aSimulatedOpenStack } from '../../../../lab/src/openstack/openstack.fixtures.js';
import { anOpenSdn } from '../../../src/opensdn/opensdn.fixtures.js';
import { renderOpenSdn } from '../../../src/opensdn/render.js';
import { namespace } from '../sdn-world.js';

const isUp = ({ status }: Pod): boolean =>
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

it('OpenSDN comes up in a simulated cluster: labels, affinities, claims and names fit', async () => {
  const lab = await aSimulatedOpenStack({ computes: 0, services: [] });
  const sdn = anOpenSdn();
  for (const { name, labels } of sdn.nodes) await lab.addNode(name, { ...labels });
  await lab.kube.create(namespace('tf'));
  for (const { objects } of renderOpenSdn(sdn)) {
    // The cluster does not know what stands for parts of OpenSDN.
    for (const object of objects.filter(({ apiVersion }) => !apiVersion.includes('.tf.mirantis.com/')))
      await lab.kube.apply(object, { fieldManager: 'sdn-svc', force: true });
    await lab.pass(120);
  }
  const pods = (await lab.kube.list(PodKind, { namespace: 'tf' })).items;
  const names = pods.map(({ metadata, spec }) => `${metadata.labels?.['component'] ?? ''} ${spec?.nodeName ?? '-'}`);
  const onControl = ['cassandra', 'config', 'control', 'rabbitmq', 'webui', 'webui-redis', 'zookeeper'].flatMap(
    (component) => [1, 2, 3].map((n) => `${component} control-${n}`),
  );
  const onComputes = ['vrouter-agent', 'vrouter-provisioner'].flatMap((component) =>
    [1, 2].map((n) => `${component} compute-${n}`),
  );
  const holdingImages = names.filter((name) => name.startsWith('image-precaching'));
  const others = names.filter((name) => !holdingImages.includes(name));
  expect(others.sort()).toEqual([...onControl, ...onComputes].sort());
  // Four labels of three nodes, and that of vRouters on two.
  expect(holdingImages).toHaveLength(14);
  expect(pods.filter((pod) => !isUp(pod)).map(({ metadata }) => metadata.name)).toEqual([]);
});
