import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, Installation } from '@keelson/e2e';
import { kubeconfigOf, type RealServer, startKubeApiserver } from '@keelson/testing/kube-apiserver';
import { findBinaries } from './binaries.js';

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly status?: string;
      readonly providerStatus?: {
        readonly status?: string;
        readonly ready?: boolean;
        readonly release?: { readonly current?: { readonly name?: string } };
      };
    };
  }[];
}

/**
 * The journey of the README on a real kube-apiserver, its garbage collection and its namespaces: services are known by the
 * tokens of their accounts and may do what `deploy/rbac` says. The cases build on each other.
 */
describe('on a Kubernetes API that others run', () => {
  const here = new Installation(9);
  let server: RealServer;

  beforeAll(async () => {
    const programs = findBinaries();
    if (programs === undefined) throw new Error('there is no kube-apiserver and no etcd');
    server = await startKubeApiserver({ programs });
    const kubeconfig = join(here.home, 'theirs');
    writeFileSync(kubeconfig, kubeconfigOf(server, server.issue('an-administrator', ['system:masters'])), {
      mode: 0o600,
    });
    const up = await here.keelson('up', '--kubeconfig', kubeconfig, '--processes', '--ready-timeout', '240');
    if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}\n${here.logs()}`);
  }, 400_000);

  afterAll(async () => {
    await here.remove();
    await server.close();
  }, 120_000);

  it('the example turns ready', async () => {
    await here.must('apply', '-f', here.example);
    const machines = await eventually(
      'machines Ready',
      400,
      () => here.json<Listed>('-n', 'demo', 'get', 'machines'),
      ({ items }) => items.length === 6 && items.every(({ status }) => status?.providerStatus?.status === 'Ready'),
    );
    expect(machines.items).toHaveLength(6);
  }, 420_000);

  it('its cluster is updated to the next release', async () => {
    const plan = await eventually(
      'an update is offered',
      60,
      () => here.json<Listed>('-n', 'demo', 'get', 'clusterupdateplans'),
      ({ items }) => items.length > 0,
    );
    const name = plan.items[0]?.metadata.name ?? '';
    const { spec } = await here.json<{ spec: { steps: object[] } }>('-n', 'demo', 'get', 'clusterupdateplan', name);
    const steps = spec.steps.map((step) => ({ ...step, commence: true }));
    await here.must(
      '-n',
      'demo',
      'patch',
      'clusterupdateplan',
      name,
      '--type',
      'merge',
      '-p',
      JSON.stringify({ spec: { steps } }),
    );
    const done = await eventually(
      'the update is complete',
      400,
      () => here.json<Listed>('-n', 'demo', 'get', 'clusterupdateplans', '--field-selector', `metadata.name=${name}`),
      ({ items }) => items[0]?.status?.status === 'Completed',
    );
    expect(done.items[0]?.status?.status).toBe('Completed');
  }, 500_000);

  it('a namespace that is deleted takes everything of its cluster with it, in order', async () => {
    await here.must('delete', 'namespace', 'demo', '--timeout', '240s');
    const hosts = await here.json<Listed>('get', 'bmh,machines,clusters,lcmmachines', '-A');
    expect(hosts.items).toEqual([]);
  }, 300_000);

  it('no service was refused anything', () => {
    expect(
      here
        .logs(100_000)
        .split('\n')
        .filter((line) => line.includes('is forbidden')),
    ).toEqual([]);
  });
});
