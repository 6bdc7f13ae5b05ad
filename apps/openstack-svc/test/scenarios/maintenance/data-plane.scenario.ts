import { afterEach, describe, expect, it } from '@jest/globals';
import { type DaemonSet, DaemonSetKind, type KubeObject, OpenStackDeploymentKind } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { followsNodeAnnotation } from '../../../src/names.js';
import { imagesIn, withoutImages } from '../../../src/render/images.js';
import { valueAt } from '../../../src/render/json.js';
import type { Renderer } from '../../../src/rollout/renderer.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

/** The small cloud, whose DaemonSet follows its nodes and has its image from where the spec says. */
const renderer: Renderer = {
  ...smallRenderer,
  render: (input) =>
    smallRenderer.render(input).map((service) => {
      const { stages } = service.rendered;
      const objects = (all: readonly KubeObject[]) => all.map((object) => followed(object, input.spec));
      const marked = stages.map((stage) => ({ ...stage, objects: objects(stage.objects) }));
      return { ...service, rendered: { ...service.rendered, stages: marked } };
    }),
};

function followed(object: DaemonSet, spec: object): KubeObject {
  if (object.kind !== 'DaemonSet') return object;
  const template = { ...object.spec?.template };
  const base = valueAt(spec, ['artifacts', 'images_base_url']);
  const [container] = Array.isArray(template.spec?.['containers']) ? template.spec['containers'] : [];
  const pod = {
    ...template.spec,
    containers: [{ ...container, image: `${typeof base === 'string' ? base : 'images'}/${container.image}` }],
  };
  const digest = sha256Json(withoutImages({ ...template, spec: pod }));
  const whole: DaemonSet = {
    ...object,
    metadata: { ...object.metadata, annotations: { [followsNodeAnnotation]: digest } },
    spec: { ...object.spec, updateStrategy: { type: 'RollingUpdate' }, template: { ...template, spec: pod } },
  };
  return whole;
}

const daemonSet = async () => {
  const set = await world.api.get(DaemonSetKind, { namespace: 'openstack', name: 'nova-agent' });
  const { agent } = imagesIn(set?.spec?.template?.spec);
  return [set?.spec?.updateStrategy?.type, agent];
};
const isApplied = async () =>
  (await world.status())?.osdpl?.state === 'APPLIED' && (await world.status())?.osdpl?.health === '5/5';
async function changed(spec: SpecPatch): Promise<void> {
  await world.api.patch(OpenStackDeploymentKind, cloudKey, { spec });
  await world.clock.advance(5_000);
  await world.until('it is applied', isApplied);
}

describe('a DaemonSet of the data plane', () => {
  it('keeps its pods when its image changes, and rolls them when OpenStack or its configuration does', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(aDeployment());
    await world.until('the cloud is applied', isApplied);
    expect(await daemonSet()).toEqual(['RollingUpdate', 'images/nova:epoxy']);
    await changed({ artifacts: { images_base_url: 'https://elsewhere' } });
    expect(await daemonSet()).toEqual(['OnDelete', 'https://elsewhere/nova:epoxy']);
    const mark = world.calls.length;
    await world.kill();
    await world.clock.advance(1_200_000);
    expect(world.writesSince(mark).filter((write) => !write.endsWith('status'))).toEqual([]);
    await changed({ region_name: 'RegionTwo' });
    expect(await daemonSet()).toEqual(['RollingUpdate', 'https://elsewhere/nova:epoxy']);
    await changed({ artifacts: { images_base_url: 'https://third' } });
    expect(await daemonSet()).toEqual(['OnDelete', 'https://third/nova:epoxy']);
    await changed({ openstack_version: 'gazpacho' });
    await world.until('it is upgraded', async () => (await world.status())?.osdpl?.openstack_version === 'gazpacho');
    expect(await daemonSet()).toEqual(['RollingUpdate', 'https://third/nova:gazpacho']);
  });

  it('ends a roll of its configuration before new images come, and rolls for configuration that comes after them', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(aDeployment());
    await world.until('the cloud is applied', isApplied);
    const configuration = async () => {
      const set = await world.api.get(DaemonSetKind, { namespace: 'openstack', name: 'nova-agent' });
      return set?.spec?.template?.metadata?.annotations?.['configuration-digest'];
    };
    const before = await configuration();
    world.workloads.most.set('nova-agent', 1);
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { spec: { region_name: 'RegionTwo' } });
    await world.until('its configuration rolls', async () => (await configuration()) !== before);
    await world.clock.advance(20_000);
    const rolling = await configuration();
    await world.api.patch(OpenStackDeploymentKind, cloudKey, {
      spec: { artifacts: { images_base_url: 'https://new' } },
    });
    await world.clock.advance(120_000);
    expect([await daemonSet(), await configuration()]).toEqual([['RollingUpdate', 'images/nova:epoxy'], rolling]);
    expect((await world.status())?.progress).toMatchObject({ waitingOn: { kind: 'DaemonSet', name: 'nova-agent' } });
    world.workloads.most.delete('nova-agent');
    await world.until('it is held with its images', async () => (await daemonSet())[0] === 'OnDelete', 120);
    await world.until('it is applied', isApplied, 120);
    expect([await daemonSet(), await configuration()]).toEqual([['OnDelete', 'https://new/nova:epoxy'], rolling]);
    await changed({ region_name: 'RegionThree' });
    expect(await daemonSet()).toEqual(['RollingUpdate', 'https://new/nova:epoxy']);
    expect(await configuration()).not.toBe(rolling);
  });
});
