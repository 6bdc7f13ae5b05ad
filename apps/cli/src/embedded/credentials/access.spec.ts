import { describe, expect, it } from '@jest/globals';
import { findObjectBy } from './access.js';

const asked: string[] = [];
const inManagement =
  (...namespaces: string[]) =>
  async (kind: { readonly kind: string }, name: string): Promise<readonly string[]> => {
    asked.push(`${kind.kind} ${name}`);
    return namespaces;
  };
const found = async (text: string, namespace?: string, ...spaces: string[]): Promise<readonly unknown[]> => {
  asked.length = 0;
  const object = await findObjectBy(inManagement(...spaces), text, namespace);
  return [object.kind.kind, object.namespace, object.name, ...asked];
};

describe('an object on the command line', () => {
  it.each([
    ['osdpl/osh', 'OpenStackDeployment', 'openstack'],
    ['osdplst/osh', 'OpenStackDeploymentStatus', 'openstack'],
    ['drb/hosts', 'DRBConfig', 'openstack'],
    ['tfoperator/openstack-tf', 'TFOperator', 'tf'],
    ['nodeoutage/cmp-1', 'NodeOutage', undefined],
  ])('is, of a kind in MOSK clusters, left to its owner to find: %s', async (text, kind, namespace) => {
    expect(await found(text, undefined, 'elsewhere')).toEqual([kind, namespace, text.split('/')[1]]);
  });

  it('is where it is said to be', async () => {
    expect(await found('osdpl/osh', 'demo/first:openstack')).toEqual([
      'OpenStackDeployment',
      'demo/first:openstack',
      'osh',
    ]);
  });

  it('is the only one of its name in the management cluster, or refused with the namespaces', async () => {
    expect(await found('cluster/first', undefined, 'demo')).toEqual(['Cluster', 'demo', 'first', 'Cluster first']);
    await expect(found('cluster/first', undefined, 'demo', 'other')).rejects.toThrow(
      'Cluster first exists in demo, other; choose with -n <namespace>',
    );
    await expect(found('osh')).rejects.toThrow('say <kind>/<name>');
  });
});
