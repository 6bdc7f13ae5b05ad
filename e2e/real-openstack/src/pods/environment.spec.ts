import { describe, expect, test } from '@jest/globals';
import { environmentOf, expanded } from './environment.js';
import type { Container } from './template.js';

const container = (env: Container['env']): Container => ({
  name: 'c',
  image: 'i:t',
  command: [],
  env,
  securityContext: {},
  lifecycle: {},
  volumeMounts: [],
});
const facts = {
  name: 'etcd-etcd-0',
  namespace: 'openstack',
  node: 'ctl-1',
  ip: '10.77.2.10',
  nodeIp: '10.77.1.10',
  secret: (name: string, key: string) => (name === 's' && key === 'k' ? 'hidden' : undefined),
};

describe('the environment of a container', () => {
  test('has values, fields of the pod, keys of Secrets, and what was defined before', () => {
    const env = [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'URL', value: 'http://$(POD_NAME).d:2380' },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      { name: 'NONE', valueFrom: { secretKeyRef: { name: 's', key: 'other', optional: true } } },
    ];
    expect(environmentOf(container(env), facts)).toEqual({
      POD_NAME: 'etcd-etcd-0',
      URL: 'http://etcd-etcd-0.d:2380',
      KEY: 'hidden',
    });
  });

  test('leaves alone what is not defined, and takes two dollars for one', () => {
    expect(expanded('$(A) $(B) $$(A)', { A: '1' })).toBe('1 $(B) $(A)');
  });
});
