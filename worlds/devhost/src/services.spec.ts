import { describe, expect, it } from '@jest/globals';
import type { Deployment, KubeObject } from '@keelson/api';
import { type Call, createObject, memoryLog, openEngine, systemMasters } from '@keelson/kube-server';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { ClusterRoleKind, type PolicyRule, type Role } from '@keelson/api';
import { rbacOf } from '@keelson/reconcile';
import { reconcilerFaults } from '@keelson/testing';
import { loadAll } from 'js-yaml';
import { declarationsOf, generatedFiles } from './generated-files.js';
import { services } from './services.js';

describe('all services together', () => {
  it('keep the law of termination in every state, and do not stand in each other’s way', () => {
    const declared = services.map(declarationsOf);
    expect(reconcilerFaults(declared.flatMap(({ reconcilers }) => reconcilers))).toEqual([]);
    expect(reconcilerFaults(declared.flatMap(({ inClusters }) => inClusters?.reconcilers ?? []))).toEqual([]);
  });

  const files = generatedFiles(services, '1.2.3');

  it('are given no right over everything, none to give more than they have, and no Secret of others in clusters', () => {
    const declared = services.map(declarationsOf);
    const here = declared.flatMap(({ name, reconcilers }) => rbacOf(name, reconcilers));
    const there = declared.flatMap(({ inClusters }) => inClusters?.account ?? []);
    const rules = [...here, ...there].flatMap(rulesIn);
    expect(there.length).toBeGreaterThan(10);
    expect(
      rules.filter(({ verbs, resources = [] }) => [...verbs, ...resources].some((text) => powers.has(text))),
    ).toEqual([]);
    const everywhere = there.filter(({ kind }) => kind === ClusterRoleKind.kind).flatMap(rulesIn);
    const open = everywhere.flatMap(({ resources = [], resourceNames }) =>
      resourceNames === undefined ? resources : [],
    );
    expect(open.filter((resource) => ['secrets', 'configmaps', 'services/proxy'].includes(resource))).toEqual([]);
    const readers = here.filter((object) => object.kind === ClusterRoleKind.kind && rulesIn(object).some(isOfSecrets));
    // Credentials of BMCs and what clusters are made with are in any namespace.
    expect(readers.map(({ metadata }) => metadata.name)).toEqual(['keelson:baremetal-svc', 'keelson:lifecycle-svc']);
  });

  it('generate the same files twice, a role and a Deployment for each service among them', () => {
    expect([...generatedFiles(services, '1.2.3')]).toEqual([...files]);
    const expected = services.flatMap(({ name }) => [`deploy/rbac/${name}.yaml`, `deploy/services/${name}.yaml`]);
    expect([...files.keys()]).toEqual(expect.arrayContaining(expected));
  });

  it('run in a cluster as Deployments that its API takes without a warning, with the accounts of deploy/rbac', async () => {
    const engine = await openEngine({
      log: memoryLog(),
      profile: 'child',
      clock: new VirtualClock(),
      random: seededRandom('deployments'),
      logger: silentLog,
    });
    const objects = [...files]
      .filter(([path]) => /^deploy\/(rbac|services)\//.test(path) && !path.endsWith('kustomization.yaml'))
      .flatMap(([, text]) => loadAll(text) as KubeObject[]);
    const told: string[] = [];
    for (const object of objects) {
      const kind = engine.registry.kinds.byKind(object.apiVersion, object.kind);
      if (kind === undefined) throw new Error(`there is no kind ${object.kind}`);
      const query = { fieldValidation: 'Strict', fieldManager: 'keelson' };
      const { namespace } = object.metadata;
      const call: Call = { kind, namespace, query, user: systemMasters, userAgent: 'keelson', warnings: [] };
      await createObject(engine.registry, call, object).catch((error: unknown) => told.push(String(error)));
      told.push(...call.warnings);
    }
    await engine.close();
    // Each file has the namespace of them all.
    expect(told.filter((text) => !text.includes('namespaces "keelson-system" already exists'))).toEqual([]);
    const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
    const deployments = objects.filter(({ kind }) => kind === 'Deployment') as Deployment[];
    expect(deployments.map(({ spec }) => spec?.template?.spec?.['serviceAccountName'])).toEqual(accounts);
  });
});

const powers = new Set(['*', 'escalate', 'impersonate']);

function rulesIn(object: KubeObject): readonly PolicyRule[] {
  return isRole(object) ? object.rules : [];
}

function isRole(object: KubeObject): object is Role {
  return object.kind.endsWith('Role') && 'rules' in object;
}

function isOfSecrets({ resources = [] }: PolicyRule): boolean {
  return resources.includes('secrets');
}
