import { describe, expect, it } from '@jest/globals';
import type { TFOperator } from '@keelson/api';
import { aaaMode, certificateCheck, lacksAuthority } from './authentication.js';
import { anOpenSdn } from './opensdn.fixtures.js';
import type { OpenSdn } from './opensdn.js';
import { renderOpenSdn } from './render.js';

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template: { readonly metadata: Annotated; readonly spec: Pod } };
}
interface Annotated {
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Pod {
  readonly containers: readonly Container[];
}
const { access } = anOpenSdn();
const secure = { ...access, auth_url: 'https://keystone-api:5000/v3', auth_certificate_authority: '(one)' };

/** Those that do something: pods that hold images ask nobody. */
function daemonSets(spec: Partial<TFOperator['spec']>, over: Partial<OpenSdn> = {}): readonly Workload[] {
  const services = renderOpenSdn(anOpenSdn(spec, over)).filter(({ service }) => service !== 'images');
  const text = JSON.stringify(services.flatMap(({ objects }) => objects));
  return (JSON.parse(text) as Workload[]).filter(({ kind }) => kind === 'DaemonSet');
}

/** `<DaemonSet>/<container>` of those of which something holds. */
function containersWhere(sets: readonly Workload[], holds: (container: Container) => unknown): readonly string[] {
  return sets.flatMap(({ metadata, spec }) =>
    (spec?.template.spec.containers ?? []).filter(holds).map(({ name }) => `${metadata.name}/${name}`),
  );
}

const modesIn = (spec: Partial<TFOperator['spec']>): readonly string[] =>
  daemonSets(spec).flatMap(({ metadata, spec: each }) =>
    (each?.template.spec.containers ?? []).flatMap(({ name, env = [] }) =>
      env.flatMap((one) => (one.name === 'AAA_MODE' ? [`${metadata.name}/${name}=${one.value}`] : [])),
    ),
  );

describe('whom the APIs of OpenSDN let in', () => {
  it('are administrators with a token of Keystone, by every container that reads the mode', () => {
    expect(modesIn({})).toEqual([
      'tf-config/api=cloud-admin',
      'tf-config/svc-monitor=cloud-admin',
      'tf-analytics/api=cloud-admin',
    ]);
  });

  it('is decided by the variables of the API of config, and by those of one container for itself', () => {
    const mode = (value: string) => ({ env: [{ name: 'AAA_MODE', value }] });
    const services = {
      config: { envSettings: { api: mode('rbac') } },
      analytics: { envSettings: { api: mode('no-auth') } },
    };
    expect(aaaMode(anOpenSdn({ services }))).toBe('rbac');
    expect(modesIn({ services })).toEqual([
      'tf-config/api=rbac',
      'tf-config/svc-monitor=rbac',
      'tf-analytics/api=no-auth',
    ]);
  });
});

describe("Keystone's certificate", () => {
  it.each([
    ['plain HTTP', {}, false, {}],
    [
      'HTTPS',
      secure,
      false,
      { KEYSTONE_AUTH_INSECURE: 'False', KEYSTONE_AUTH_CA_CERTFILE: '/etc/contrail/keystone/ca.crt' },
    ],
    [
      'HTTPS by an authority that is not known',
      { ...secure, auth_certificate_authority: '' },
      true,
      { KEYSTONE_AUTH_INSECURE: 'False' },
    ],
  ])('with %s', (_what, over, lacks, variables) => {
    const told = { ...access, ...over };
    expect([lacksAuthority(told), certificateCheck(told)]).toEqual([lacks, variables]);
  });

  it("has its authority in every container of OpenSDN's own images, and in no database", () => {
    const sets = daemonSets({ devOptions: { tools: { enabled: true } } }, { access: secure });
    const isMounted = ({ volumeMounts = [] }: Container): boolean =>
      volumeMounts.some(
        ({ name, mountPath }) => name === 'keystone-authority' && mountPath === '/etc/contrail/keystone',
      );
    expect(containersWhere(sets, (each) => !isMounted(each))).toEqual(['tf-analytics/redis', 'tf-webui-redis/redis']);
    expect(daemonSets({}).flatMap((set) => containersWhere([set], isMounted))).toEqual([]);
    const databases = renderOpenSdn(anOpenSdn({}, { access: secure }))
      .flatMap(({ objects }) => objects)
      .filter(({ kind }) => kind === 'StatefulSet');
    expect(databases).toHaveLength(3);
    expect(JSON.stringify(databases)).not.toContain('keystone-authority');
  });

  it('replaces what asks Keystone when its authority changes, and no database', () => {
    const changed = renderOpenSdn(anOpenSdn({}, { access: { ...secure, auth_certificate_authority: '(another)' } }));
    const before = renderOpenSdn(anOpenSdn({}, { access: secure }));
    const differing = changed.flatMap(({ objects }, i) =>
      objects.filter((object, n) => JSON.stringify(object) !== JSON.stringify(before[i]?.objects[n])),
    );
    expect(differing.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
      'ConfigMap/tf-keystone-authority',
      'DaemonSet/tf-config',
      'DaemonSet/tf-control',
      'DaemonSet/tf-analytics',
      'DaemonSet/tf-webui-redis',
      'DaemonSet/tf-webui',
      'DaemonSet/tf-vrouter-agent',
      'DaemonSet/tf-vrouter-provisioner',
    ]);
  });
});
