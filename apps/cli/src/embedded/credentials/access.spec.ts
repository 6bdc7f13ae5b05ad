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
  const object = await findObjectBy(inManagement(...spaces), { command: `why ${text}`, object: text, namespace });
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

  it('is a plan of an update by the word that people have for it', async () => {
    expect((await found('update/first-21.2.0', 'demo'))[0]).toBe('ClusterUpdatePlan');
  });

  it('is the only one of its name in the management cluster, or refused with the command for each', async () => {
    expect(await found('cluster/first', undefined, 'demo')).toEqual(['Cluster', 'demo', 'first', 'Cluster first']);
    await expect(found('cluster/first', undefined, 'other', 'demo')).rejects.toThrow(
      [
        'there are 2 clusters first, each in a namespace of its own: say which',
        '  ./keelson why cluster/first -n demo',
        '  ./keelson why cluster/first -n other',
      ].join('\n'),
    );
    await expect(found('osh')).rejects.toThrow('say <kind>/<name>');
  });

  it('is refused with the namespace in front of its name, and with the command that was meant', async () => {
    await expect(found('cup/demo/first-21.2.0')).rejects.toThrow('./keelson why cup/first-21.2.0 -n demo');
    await expect(found('osdpl/demo/first:openstack/osh')).rejects.toThrow('why osdpl/osh -n demo/first:openstack');
  });
});
