import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../cloud/cloud.fixtures.js';

const hostLabel = 'kubernetes.io/hostname';
const nodes = {
  [`${hostLabel}::cmp-1`]: { features: { nova: { vcpu_type: 'host-passthrough' } } },
  'rack::b': {
    services: { compute: { nova: { nova_compute: { values: { conf: { nova: { DEFAULT: { debug: true } } } } } } } },
  },
};
const daemonSets = (options: Parameters<typeof renderedService>[2] = {}) =>
  renderedService('compute', aSpec({ nodes }), options)
    .stages.flatMap(({ objects }) => objects)
    .filter(({ kind }) => kind === 'DaemonSet');

const placesOf = (object: unknown): unknown =>
  (
    object as {
      spec: {
        template: {
          spec: {
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: { matchExpressions: { key: string; operator: string; values: string[] }[] }[];
                };
              };
            };
          };
        };
      };
    }
  ).spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
    .flatMap(({ matchExpressions }) => matchExpressions)
    .filter(({ key }) => key !== 'openstack-compute-node')
    .map(({ key, operator, values }) => `${key} ${operator} ${values.join(',')}`);

describe('node overrides', () => {
  test('split the DaemonSets that they change, and no others', () => {
    expect(daemonSets().map(({ metadata }) => metadata.name)).toEqual([
      'libvirt-libvirt-default',
      'nova-compute-default',
      'nova-compute-cmp-1',
      'nova-compute-b',
    ]);
  });

  test('every node has one set: its overrides, and not those of others', () => {
    const [, usual, first, rack] = daemonSets();
    expect([usual, first, rack].map(placesOf)).toEqual([
      [`${hostLabel} NotIn cmp-1`, 'rack NotIn b'],
      [`${hostLabel} In cmp-1`, 'rack NotIn b'],
      ['rack In b', `${hostLabel} NotIn cmp-1`],
    ]);
  });

  test('a node that two overrides meet on has both', () => {
    const both = { nodes: [{ name: 'cmp-1', labels: { [hostLabel]: 'cmp-1', rack: 'b' } }] };
    const sets = daemonSets(both);
    expect(placesOf(sets.at(-1))).toEqual([`${hostLabel} In cmp-1`, 'rack In b']);
    const suffix = sets.at(-1)?.metadata.name.slice('nova-compute-'.length) ?? '';
    const file = fileOf(renderedService('compute', aSpec({ nodes }), both), `nova-compute-etc-${suffix}`, 'nova.conf');
    expect(file.parsed).toMatchObject({ DEFAULT: { debug: true }, libvirt: { cpu_mode: 'host-passthrough' } });
  });

  test('a key that is no label and value is refused by name', () => {
    expect(() => renderedService('compute', aSpec({ nodes: { 'cmp-1': {} } }))).toThrow(
      'spec.nodes.cmp-1: write label::value',
    );
  });
});
