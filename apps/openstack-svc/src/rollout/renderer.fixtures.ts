import { databaseAdmin, keystoneAdmin } from '../conventions/credentials.js';
import type { KubeObject } from '@keelson/api';
import { sha256Json, terminal } from '@keelson/std';
import { checkedFirst } from '../conventions/upgrades.js';
import type { CloudNode, CloudSecrets, CredentialNeed } from '../cloud/cloud.js';
import type { ReleaseImages } from '../releases/release-images.js';
import type { PlannedService, Renderer, RenderRequest } from './renderer.js';

/** A cloud of five small services, to see how they are applied. Its specs are read only as far as that needs. */
export const smallRenderer: Renderer = {
  credentials: () => [...projects.map(userOf), databaseAdmin, keystoneAdmin],
  render: (input) => {
    const wanted = servicesOf(input.spec);
    return projects.filter(({ name }) => wanted.includes(name)).map((project) => renderedAlone(project, input));
  },
};

interface Project {
  readonly name: string;
  readonly project: string;
  readonly needs: readonly string[];
}

const projects: readonly Project[] = [
  { name: 'database', project: 'mariadb', needs: [] },
  { name: 'messaging', project: 'rabbitmq', needs: [] },
  { name: 'identity', project: 'keystone', needs: ['database', 'messaging'] },
  { name: 'image', project: 'glance', needs: ['identity'] },
  { name: 'compute', project: 'nova', needs: ['identity', 'image'] },
];
const infrastructure = ['database', 'messaging'];

function userOf({ project }: Project): CredentialNeed {
  return { sort: 'user', name: `${project}-service`, username: project, rotation: 'service' };
}

type Input = RenderRequest & { secrets: CloudSecrets; nodes: readonly CloudNode[]; images?: ReleaseImages | undefined };

function servicesOf(spec: object): readonly string[] {
  const without: unknown = Reflect.get(spec, 'migration');
  const left: unknown = typeof without === 'object' && without !== null ? Reflect.get(without, 'without') : [];
  if (left === 'broken')
    throw terminal('Rendering OpenStack: spec.migration.without is not valid', { reason: 'InvalidSpec' });
  return projects.map(({ name }) => name).filter((name) => !(Array.isArray(left) && left.includes(name)));
}

/** `migration.unrendered` names a service that the spec gives no form. */
function renderedAlone(project: Project, input: Input): PlannedService {
  const whole = rendered(project, input);
  const migration: unknown = Reflect.get(input.spec, 'migration');
  const named: unknown =
    typeof migration === 'object' && migration !== null ? Reflect.get(migration, 'unrendered') : undefined;
  if (named !== project.name) return whole;
  const nothing = { service: project.name, files: [], stages: [], onDemand: [] };
  const failure = terminal(`Rendering OpenStack: spec.migration.unrendered names ${project.name}`);
  return { ...whole, rendered: nothing, failure };
}

function tagOf({ name, project }: Pick<Project, 'name' | 'project'>, { spec, images }: Input): string {
  const openstack = String(Reflect.get(spec, 'openstack_version'));
  const { tags, openstack: ofRelease } = images?.images ?? {};
  return infrastructure.includes(name) ? (tags?.[project] ?? 'stable') : (ofRelease?.[openstack]?.tag ?? openstack);
}

function rendered({ name, project, needs }: Project, input: Input): PlannedService {
  const version = tagOf({ name, project }, input);
  const { username, password } = input.secrets.user(`${project}-service`);
  const conf = {
    'service.conf': `[auth]\nuser = ${username}\npassword = ${password}\nregion = ${regionOf(input.spec)}\n`,
  };
  const build = new Builder({
    project,
    version,
    namespace: input.namespace,
    configuration: sha256Json(conf).slice(0, 8),
  });
  const stages: PlannedService['rendered']['stages'] = [
    { name: 'configuration', until: 'applied', timeoutSeconds: 60, objects: [build.secret(conf), build.service()] },
    ...(infrastructure.includes(name)
      ? []
      : [{ name: 'schema', until: 'complete', timeoutSeconds: 600, objects: [build.job('db-sync')] } as const]),
    { name: 'workloads', until: 'ready', timeoutSeconds: 600, objects: build.workloads(name) },
  ];
  return {
    name,
    needs,
    pausedByUpgrade: false,
    upgrade: [
      checkedFirst,
      { name: 'expand', does: 'run', components: ['expand'] },
      ...(name === 'compute' ? [{ name: 'stop', does: 'stop', components: ['api'] } as const] : []),
      { name: 'replace', does: 'replace', components: ['api', 'agent'] },
      { name: 'contract', does: 'run', components: ['contract'], closesWayBack: true },
    ],
    rendered: {
      service: name,
      files: [],
      stages,
      onDemand: infrastructure.includes(name)
        ? []
        : ['upgrade-check', 'expand', 'contract'].map((job) => build.job(job)),
    },
  };
}

function regionOf(spec: object): string {
  return String(Reflect.get(spec, 'region_name') ?? 'RegionOne');
}

class Builder {
  readonly #of: {
    readonly project: string;
    readonly version: string;
    readonly namespace: string;
    readonly configuration: string;
  };

  constructor(of: { project: string; version: string; namespace: string; configuration: string }) {
    this.#of = of;
  }

  secret(stringData: Record<string, string>): KubeObject {
    const whole: KubeObject & { stringData: Record<string, string> } = {
      ...this.#object('v1', 'Secret', 'etc', 'configuration'),
      stringData,
    };
    return whole;
  }

  service(): KubeObject {
    const { project } = this.#of;
    return this.#with(this.#object('v1', 'Service', 'api', 'api'), {
      ports: [{ name: 'api', port: 80 }],
      selector: { application: project, component: 'api' },
    });
  }

  job(component: string): KubeObject {
    return this.#with(this.#object('batch/v1', 'Job', component, component), {
      template: this.#pod(component, 'Never'),
    });
  }

  workloads(name: string): readonly KubeObject[] {
    if (infrastructure.includes(name))
      return [this.#workload('StatefulSet', 'server', { replicas: 3, serviceName: 'x' })];
    const api = this.#workload('Deployment', 'api', { replicas: 2 });
    return name === 'compute' ? [api, this.#workload('DaemonSet', 'agent', {})] : [api];
  }

  #workload(kind: string, component: string, spec: object): KubeObject {
    const selector = { matchLabels: { application: this.#of.project, component } };
    return this.#with(this.#object('apps/v1', kind, component, component), {
      ...spec,
      selector,
      template: this.#pod(component, 'Always'),
    });
  }

  #pod(component: string, restartPolicy: string): object {
    const { project, version, configuration } = this.#of;
    return {
      metadata: {
        labels: { application: project, component },
        annotations: { 'configuration-digest': configuration },
      },
      spec: {
        restartPolicy,
        containers: [{ name: component, image: `${project}:${version}`, resources: { requests: { cpu: '0.5' } } }],
      },
    };
  }

  #object(apiVersion: string, kind: string, suffix: string, component: string): KubeObject {
    const { project, namespace } = this.#of;
    const labels = { application: project, component };
    return { apiVersion, kind, metadata: { name: `${project}-${suffix}`, namespace, labels } };
  }

  #with(object: KubeObject, spec: object): KubeObject {
    const whole: KubeObject & { spec: object } = { ...object, spec };
    return whole;
  }
}
