import { describe, expect, it } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';
import { type MigrationStage, migrationStageIn, migrationStages } from '../../cloud/migration.js';

const networking = (migration: MigrationStage | undefined, backend = 'ml2') => {
  const options = migration === undefined ? {} : { migration };
  const spec = aSpec({ features: { neutron: { backend, tenant_network_types: ['vxlan'] } } });
  return renderedService('networking', spec, options);
};
const namesOf = (migration: MigrationStage): readonly string[] =>
  networking(migration)
    .stages.flatMap(({ objects }) => objects)
    .filter(({ kind }) => ['DaemonSet', 'Deployment', 'StatefulSet'].includes(kind))
    .map(({ metadata }) => metadata.name.replace(/-default$/, ''))
    .filter((name) => !name.startsWith('openvswitch') && !name.startsWith('ovn-ovsdb'))
    .sort();

describe('networking during the migration to OVN', () => {
  it('runs in each stage what the reference says', () => {
    const controllers = ['ovn-controller', 'ovn-controller-gateway', 'ovn-northd'];
    const whole = ['neutron-ovn-metadata-agent', 'neutron-server', ...controllers];
    expect(migrationStages.map(namesOf)).toEqual([
      ['neutron-l3-agent', 'ovn-northd'],
      ['neutron-l3-agent', 'neutron-server', ...controllers],
      ['neutron-l3-agent', 'neutron-server', ...controllers],
      whole,
      ['neutron-migration-cleanup', ...whole],
    ]);
  });

  it('leaves the agents of routers as they are until they go', () => {
    const file = (migration?: MigrationStage): string =>
      fileOf(networking(migration), 'neutron-l3-agent-etc', 'neutron.conf').text();
    expect(file('40_MIGRATE_DATAPLANE')).toBe(file());
  });

  it('brings every script that a pod starts with', () => {
    for (const stage of migrationStages) {
      const objects = networking(stage).stages.flatMap((each) => each.objects);
      const known = JSON.stringify(objects.filter(({ kind }) => kind === 'ConfigMap'));
      const named = JSON.stringify(objects).match(/(?<=\/opt\/keelson\/bin\/)[a-z-]+\.sh/g) ?? [];
      expect([stage, named.filter((name) => !known.includes(`"${name}":`))]).toEqual([stage, []]);
    }
  });

  it('tells last that a stage is applied', () => {
    const last = networking('20_DEPLOY_OVN_DB').stages.at(-1);
    expect(last?.objects).toEqual([
      expect.objectContaining({ kind: 'ConfigMap', data: { stage: '20_DEPLOY_OVN_DB' } }),
    ]);
  });

  it('has controllers on a bridge of their own first, which they then give up', () => {
    const text = (migration: MigrationStage): string => JSON.stringify(networking(migration).stages);
    expect(text('30_DEPLOY_OVN_CONTROLLERS')).toContain('external-ids:ovn-bridge=br-migration');
    expect(text('40_MIGRATE_DATAPLANE')).toContain('del-br br-migration');
    expect(text('50_FINALIZE_MIGRATION')).not.toContain('br-migration');
  });

  it('removes the namespaces of agents when controllers have taken over, and what came back at the end', () => {
    const text = (migration: MigrationStage): string => JSON.stringify(networking(migration).stages);
    expect(migrationStages.map((stage) => text(stage).includes('ip netns delete'))).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it("stops neutron's own broker while controllers take over, and starts it again", () => {
    const replicas = (migration: MigrationStage | undefined) => {
      const features = { messaging: { components_with_dedicated_messaging: ['networking'] } };
      const options = migration === undefined ? {} : { migration };
      return renderedService('messaging', aSpec({ features }), options)
        .stages.flatMap(({ objects }) => objects)
        .flatMap((object) => (object.metadata.name === 'openstack-neutron-rabbitmq-server' ? [object] : []))
        .map((object) => ('spec' in object ? JSON.stringify(object.spec) : ''))
        .map((text) => Number(/"replicas":(\d)/u.exec(text)?.[1]));
    };
    expect([undefined, ...migrationStages].map((stage) => replicas(stage))).toEqual([[3], [3], [0], [0], [3], [3]]);
  });

  it('is in the last stage that has begun, until all are completed', () => {
    const map = (data: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 's' },
      data,
    });
    expect([
      migrationStageIn(undefined),
      migrationStageIn(map({ '10_PREPARE': 'completed' })),
      migrationStageIn(map({ '20_DEPLOY_OVN_DB': 'completed', '30_DEPLOY_OVN_CONTROLLERS': 'failed' })),
      migrationStageIn(map({ '60_CLEANUP': 'started' })),
      migrationStageIn(map({ '60_CLEANUP': 'completed' })),
    ]).toEqual([undefined, undefined, '30_DEPLOY_OVN_CONTROLLERS', '60_CLEANUP', undefined]);
  });
});
