import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildTheExample, commenceTheUpdate, Installation, untilUpdate } from '@keelson/e2e';
import { kubeconfigOf, type RealServer, startKubeApiserver } from '@keelson/testing/kube-apiserver';
import { findBinaries } from './binaries.js';

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
    const up = await here.keelson(
      'up',
      '--kubeconfig',
      kubeconfig,
      '--processes',
      '--lab-speed',
      '200',
      '--ready-timeout',
      '240',
    );
    if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}\n${here.logs()}`);
  }, 400_000);

  afterAll(async () => {
    await here.remove();
    await server.close();
  }, 120_000);

  it('the example turns ready', () => buildTheExample(here, 400), 420_000);

  it('its cluster is updated to the next release', async () => {
    const plan = await commenceTheUpdate(here);
    const done = await untilUpdate(
      here,
      plan,
      'the update is over',
      480,
      ({ status }) => status?.status === 'Completed',
    );
    expect(new Set(done.status?.steps?.map(({ status }) => status))).toEqual(new Set(['Completed']));
  }, 560_000);

  it('a namespace that is deleted takes everything of its cluster with it, in order', async () => {
    await here.must('delete', 'namespace', 'demo', '--timeout', '240s');
    const left = await here.json<{ readonly items: readonly object[] }>(
      'get',
      'bmh,machines,clusters,lcmmachines',
      '-A',
    );
    expect(left.items).toEqual([]);
  }, 300_000);

  it('no service lacked a right', () => {
    const refusals = here
      .logs(100_000)
      .split('\n')
      .filter((line) => line.includes('is forbidden'));
    // In a namespace on its way out nobody may make anything: that is no matter of rights.
    expect(refusals.filter((line) => !line.includes('because it is being terminated'))).toEqual([]);
  });
});
