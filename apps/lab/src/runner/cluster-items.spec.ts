import { describe, expect, it } from '@jest/globals';
import { clusterParams, isClusterItem, pkiOf } from './cluster-items.js';

const params = {
  role: 'init',
  clusterName: 'first',
  nodeName: 'kaas-node-1',
  nodeIP: '127.20.0.21',
  controlNodeIP: '127.20.0.21',
  externalEndpoint: 'https://127.20.64.2:6443',
  podCIDR: '10.0.0.0/16',
  serviceCIDR: '10.1.0.0/16',
  kubernetesVersion: 'v1.31.9',
  secretName: 'cp-1-deployment',
};
const item = (more: Record<string, string> = {}) => ({
  name: 'deploy-kubernetes',
  runner: 'ansible',
  version: '1.31.9',
  phase: 'deploy',
  params: { ...params, ...more },
});

describe('items that make or join a cluster', () => {
  it('are those called deploy-kubernetes', () => {
    expect([isClusterItem(item()), isClusterItem({ ...item(), name: 'setup-container-runtime' })]).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    ['init', 'control', 'cp-1-deployment'],
    ['join', 'control', undefined],
    ['worker', 'worker', undefined],
  ])('say what the host becomes: %s', (role, member, pkiSecret) => {
    expect(clusterParams(item({ role }))).toEqual({
      role,
      clusterName: 'first',
      host: '127.20.64.2',
      port: 6443,
      kubernetesVersion: 'v1.31.9',
      pkiSecret,
      member: { role: member, node: 'kaas-node-1', labels: {}, internalIP: '127.20.0.21' },
    });
  });

  it.each([
    [{ role: 'chief' }, 'item deploy-kubernetes has the role chief; it must be init, join or worker'],
    [{ externalEndpoint: 'here' }, 'item deploy-kubernetes has an externalEndpoint that is no URL: here'],
    [{ nodeName: '' }, 'item deploy-kubernetes needs the param nodeName'],
    [{ secretName: '' }, 'item deploy-kubernetes needs the param secretName'],
  ])('are refused by name of what is wrong: %j', (wrong, message) => {
    expect(() => clusterParams(item(wrong))).toThrow(
      expect.objectContaining({ sort: 'terminal', reason: 'BadItem', message }),
    );
  });

  it('take the certificates from the Secret', () => {
    expect(pkiOf({ 'ca.crt': 'a', 'tls.crt': 'b', 'tls.key': 'c' })).toEqual({
      caCertificate: 'a',
      serverCertificate: 'b',
      serverKey: 'c',
    });
    expect(() => pkiOf({ 'ca.crt': 'a', 'tls.crt': 'b' })).toThrow("the cluster's certificate Secret has no tls.key");
  });
});
