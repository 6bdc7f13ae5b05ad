import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { KubeObject, TFOperator } from '@keelson/api';
import { type Call, createObject, memoryLog, openEngine, systemMasters } from '@keelson/kube-server';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { memberCount } from './peers.js';
import { anOpenSdn } from './opensdn.fixtures.js';
import type { OpenSdn } from './opensdn.js';
import { renderOpenSdn } from './render.js';

const everything: Partial<TFOperator['spec']> = {
  features: {
    config: { bgpAsn: 64513, encapPriority: 'VXLAN,MPLSoUDP', netnsAZ: 'edge' },
    control: {
      controlInterface: 'ctl',
      gracefulRestart: { enabled: true, bgpHelperEnabled: true, restartTime: 60, llgrRestartTime: 600 },
    },
    dbBackup: {
      enabled: true,
      schedule: '0 1 * * *',
      storageClass: 'dumps',
      storedBackups: 10,
      suspend: true,
    },
    vRouter: { vRouterGateway: '172.23.0.1' },
  },
  nodes: {
    'rack-b': {
      labels: { name: 'rack', value: 'b' },
      nodeVRouter: { enabled: true, envSettings: { agent: { env: [{ name: 'LOG_LEVEL', value: 'SYS_DEBUG' }] } } },
    },
    bare: { labels: { name: 'rack', value: 'c' }, nodeVRouter: { enabled: false } },
  },
  services: {
    config: { cassandra: { resources: { limits: { memory: '8Gi' } }, configOptions: { file_cache_size_in_mb: 1024 } } },
    vRouter: { logging: { level: 'SYS_NOTICE' }, resources: { agent: { limits: { memory: '2Gi' } } } },
  },
};
const objectsOf = (spec: Partial<TFOperator['spec']>, over: Partial<OpenSdn> = {}): readonly KubeObject[] =>
  renderOpenSdn(anOpenSdn(spec, over)).flatMap(({ objects }) => objects);
const { access, nodes } = anOpenSdn();
/** What OpenStack tells of single nodes, by the keys of its `spec.nodes`. */
const withNodes = (own: object): OpenSdn['access'] => ({ ...access, nodes: JSON.stringify(own) });
const sriov = { enabled: true, nics: [{ device: 'ens1', num_vfs: 4, physnet: 'fast' }] };
const onFastNodes = withNodes({ 'nic::fast': { tunnel_interface: 'bond1' } });
const secure: OpenSdn['access'] = {
  ...withNodes({ 'nic::fast': { tunnel_interface: 'bond1', sriov } }),
  auth_url: 'https://keystone-api:5000/v3',
  auth_certificate_authority: '(authority of keystone)',
};
const fastInRackB = { name: 'compute-9', labels: { tfvrouter: 'enabled', nic: 'fast', rack: 'b' }, address: undefined };

const directory = join(import.meta.dirname, '../../test/golden');
/** `KEELSON_GOLDEN=write` writes what is now: review the difference as behaviour. */
function golden(name: string, text: string): string {
  if (process.env['KEELSON_GOLDEN'] === 'write') {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return readFileSync(join(directory, name), 'utf8');
}

describe('OpenSDN as it is rendered', () => {
  it.each([
    ['opensdn-defaults.txt', {}, {}],
    ['opensdn-everything.txt', everything, { access: secure, nodes: [...nodes, fastInRackB] }],
  ])('%s', (name, spec, over) => {
    const text = `${JSON.stringify(renderOpenSdn(anOpenSdn(spec, over)), undefined, 1)}\n`;
    expect(text).toBe(golden(name, text));
  });

  it('has a vRouter on every node: a group that is switched off has that of all others', () => {
    const bare = { labels: { name: 'rack', value: 'c' }, nodeVRouter: { enabled: false } };
    expect(objectsOf({ nodes: { bare } })).toEqual(objectsOf({}));
  });

  it('rolls what was told of a control node when another takes its place; vRouters and databases for no database', () => {
    const hashes = (of: readonly OpenSdn['nodes'][number][]): ReadonlyMap<string, string> =>
      new Map(
        objectsOf({}, { nodes: of }).flatMap((object) => {
          const found = /"keelson\.dev\/configuration":"(\w+)"/u.exec(JSON.stringify(object));
          return found === null ? [] : [[`${object.kind} ${object.metadata.name}`, found[1] ?? ''] as const];
        }),
      );
    const changed = (others: OpenSdn['nodes']): readonly string[] => {
      const [before, after] = [hashes(nodes), hashes(others)];
      return [...before].filter(([name, hash]) => after.get(name) !== hash).map(([name]) => name);
    };
    const moved = nodes.map((node, i) => (i === 0 ? { ...node, address: '10.9.9.9' } : node));
    expect(changed(moved)).toContain('DaemonSet tf-vrouter-agent');
    expect(changed(moved).filter((name) => name.startsWith('StatefulSet'))).toEqual([]);
    const fewer = nodes.map((node, i) => (i === 0 ? { ...node, labels: { ...node.labels, tfconfigdb: 'off' } } : node));
    expect(changed(fewer)).toContain('DaemonSet tf-config');
    expect(changed(fewer).filter((name) => name.includes('vrouter') || name.startsWith('StatefulSet'))).toEqual([]);
  });

  it('is what the schemas of Kubernetes allow', async () => {
    const surroundings = { clock: new VirtualClock(), random: seededRandom('opensdn') };
    const engine = await openEngine({ ...surroundings, log: memoryLog(), profile: 'child', logger: silentLog });
    const complaints: string[] = [];
    const create = async (object: KubeObject, query: Call['query']): Promise<void> => {
      const kind = engine.registry.kinds.byKind(object.apiVersion, object.kind);
      if (kind === undefined) throw new Error(`there is no kind ${object.kind}`);
      const { namespace } = object.metadata;
      const call: Call = { kind, namespace, query, user: systemMasters, userAgent: 'keelson', warnings: complaints };
      await createObject(engine.registry, call, object).catch((error: unknown) => complaints.push(String(error)));
    };
    await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tf' } }, {});
    const restoring = { ...everything, features: { ...everything.features, dbRestoreMode: { enabled: true } } };
    const objects = objectsOf(restoring, { access: secure, nodes: [...nodes, fastInRackB] });
    const query = { fieldValidation: 'Strict', dryRun: 'All', fieldManager: 'sdn-svc' };
    // What stands for parts of OpenSDN is of kinds of ours: scenarios apply it.
    for (const object of objects.filter(({ apiVersion }) => !apiVersion.includes('.tf.mirantis.com/')))
      await create(object, query);
    expect([objects.length > 15, complaints]).toEqual([true, []]);
    await engine.close();
  });

  it('pulls images first, each on the nodes that need it, and keeps them when only configuration changes', () => {
    const [first] = renderOpenSdn(anOpenSdn());
    expect(first?.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(
      ['tfconfigdb', 'tfconfig', 'tfcontrol', 'tfanalytics', 'tfwebui', 'tfvrouter'].map(
        (label) => `DaemonSet/${label}-image-precaching`,
      ),
    );
    const text = JSON.stringify(first?.objects.at(-1));
    expect(text).toContain('opensdn-vrouter-kernel-init');
    expect(text).not.toContain('opensdn-controller');
    expect(renderOpenSdn(anOpenSdn({}, { brokerPassword: '(another)' }))[0]).toEqual(first);
    expect(renderOpenSdn(anOpenSdn({ features: { imagePreCaching: false } }))[0]?.service).toBe('database');
  });

  it('keeps passwords in Secrets', () => {
    const others = objectsOf(everything).filter(({ kind }) => kind !== 'Secret');
    expect(others.filter((object) => JSON.stringify(object).includes('(secret)'))).toEqual([]);
  });

  it('rolls containers when what they are told changes', () => {
    const before = renderOpenSdn(anOpenSdn());
    const after = renderOpenSdn(anOpenSdn({}, { brokerPassword: '(another)' }));
    expect(JSON.stringify(after.find(({ service }) => service === 'vRouter'))).not.toBe(
      JSON.stringify(before.find(({ service }) => service === 'vRouter')),
    );
  });

  it('takes off what writes to the databases while they are restored, and leaves vRouters alone', () => {
    const dbBackup = { enabled: true, schedule: '0 1 * * *' };
    const before = renderOpenSdn(anOpenSdn({ features: { dbBackup } }));
    const during = renderOpenSdn(
      anOpenSdn({ features: { dbBackup, dbRestoreMode: { enabled: true, dbDumpName: 'monday' } } }),
    );
    const isAway = during.filter(({ objects }) => JSON.stringify(objects).includes('keelson.dev/opensdn-away'));
    expect(isAway.map(({ service }) => service)).toEqual(['config', 'control', 'analytics', 'webUI']);
    const objectsIn = (all: typeof before, name: string) => all.find(({ service }) => service === name)?.objects;
    expect(objectsIn(during, 'vRouter')).toEqual(objectsIn(before, 'vRouter'));
    expect(JSON.stringify(objectsIn(during, 'restore'))).toContain('{"name":"DUMP_NAME","value":"monday"}');
    expect(objectsIn(during, 'database')?.find(({ kind }) => kind === 'CronJob')).toMatchObject({
      spec: { suspend: true },
    });
    expect(objectsIn(before, 'restore')).toBeUndefined();
  });

  it('replaces no vRouter, but the web console, for a new certificate', () => {
    const before = renderOpenSdn(anOpenSdn());
    const after = renderOpenSdn(anOpenSdn({}, { access: { ...access, certificate: '(another)' } }));
    const changed = after.filter(({ objects }, i) => JSON.stringify(objects) !== JSON.stringify(before[i]?.objects));
    expect(changed.map(({ service }) => service)).toEqual(['webUI']);
  });

  it('has vRouters for nodes with a tunnel interface of their own, each node with one', () => {
    const named = (over: Partial<OpenSdn>): readonly string[] =>
      objectsOf({ nodes: everything.nodes }, over)
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith('tf-vrouter-agent'));
    const usual = ['tf-vrouter-agent', 'tf-vrouter-agent-on-nic-fast', 'tf-vrouter-agent-rack-b'];
    expect(named({ access: onFastNodes })).toEqual(usual);
    expect(named({ access: onFastNodes, nodes: [fastInRackB] })).toEqual([
      ...usual,
      'tf-vrouter-agent-rack-b-on-nic-fast',
    ]);
  });

  it('has registrars that tell of virtual functions, each node with one', () => {
    const own = { 'nic::fast': { sriov }, 'rack::b': { tunnel_interface: 'bond1' } };
    const rendered = JSON.stringify(
      objectsOf({}, { access: withNodes(own) }).filter(({ metadata }) => metadata.name.startsWith('tf-vrouter-prov')),
    );
    const names = [...rendered.matchAll(/"DaemonSet","metadata":\{"name":"([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual([
      'tf-vrouter-provisioner',
      'tf-vrouter-provisioner-on-nic-fast',
      'tf-vrouter-provisioner-on-rack-b',
    ]);
    expect(rendered.match(/"SRIOV_PHYSICAL_NETWORK","value":"fast"/g)).toHaveLength(1);
    // The last override that fits a node holds, also for its registrar.
    expect(rendered.match(/"key":"rack","operator":"NotIn"/g)).toHaveLength(2);
  });

  it('has what features ask for, and nothing of it where they are switched off', () => {
    const named = (spec: Partial<TFOperator['spec']>): readonly string[] =>
      objectsOf(spec).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const control = { enableDNSExternal: false };
    expect(named({})).toContain('Service/tf-control-dns-external');
    expect(named({ features: { control } })).not.toContain('Service/tf-control-dns-external');
    expect(named({}).filter((name) => name.includes('graceful'))).toEqual([]);
    const restarts = (restartTime: number) =>
      named({ features: { control: { gracefulRestart: { enabled: true, restartTime } } } }).filter((name) =>
        name.startsWith('Job/tf-graceful-restart-'),
      );
    expect([...restarts(60), ...restarts(60)]).toHaveLength(2);
    expect(new Set([...restarts(60), ...restarts(61)]).size).toBe(2);
    expect(named({ services: { analytics: { enabled: false } } })).not.toContain('DaemonSet/tf-analytics');
  });

  it('keeps dumps in a claim of the class of the databases, or on a share', () => {
    const dbBackup = { enabled: true, schedule: '0 1 * * *' };
    const nfs = { ...dbBackup, backupType: 'pv_nfs', nfsOptions: { server: '10.0.0.9', path: '/dumps' } } as const;
    const text = (features: TFOperator['spec']['features']): string => JSON.stringify(objectsOf({ features }));
    const inClaim = text({ dbBackup });
    expect(inClaim).toContain('"storageClassName":"tungstenfabric-operator-bind-mounts","resources"');
    expect(inClaim).toContain('{"name":"STORED_BACKUPS","value":"5"}');
    const onShare = text({ dbBackup: nfs, dbRestoreMode: { enabled: true } });
    expect(onShare.match(/"nfs":\{"server":"10.0.0.9","path":"\/dumps"\}/g)).toHaveLength(2);
    expect(onShare).not.toContain('"PersistentVolumeClaim","metadata":{"name":"tf-dbbackup"');
  });

  it('replaces nothing but the service monitor for another zone of its instances', () => {
    const zone = (netnsAZ: string) => renderOpenSdn(anOpenSdn({ features: { config: { netnsAZ } } }));
    const before = zone('a').flatMap(({ objects }) => objects);
    const changed = zone('b')
      .flatMap(({ objects }) => objects)
      .filter((object, i) => JSON.stringify(object) !== JSON.stringify(before[i]));
    expect(changed.map(({ metadata }) => metadata.name)).toEqual(['tf-config']);
  });

  it('has at most three members of its databases, as many as there is room for, and never fewer than before', () => {
    const few = anOpenSdn({}, { nodes: anOpenSdn().nodes.slice(0, 1) });
    expect([memberCount(anOpenSdn()), memberCount(few), memberCount({ ...few, membersBefore: 3 })]).toEqual([3, 1, 3]);
  });
});
