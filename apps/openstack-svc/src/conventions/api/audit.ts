import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { Ini, IniSection } from '../../render/ini.js';
import { emptyDirectory, type PodPart } from '../../render/pod.js';
import { notificationsUrl } from '../notifications.js';

/** How the calls of a project's API are told as CADF events, by the middleware that all of them share (keystonemiddleware.audit). */
interface Audited {
  /** Its type in the catalogue, and in the taxonomy of CADF. */
  readonly type: string;
  readonly taxonomy: string;
  /** Words of a path that name a collection, with the word for one of it. */
  readonly collections: Readonly<Record<string, string>>;
  /** The pipeline of the package and the option that names another; absent where the project has the middleware itself. */
  readonly paste?: { readonly path: string; readonly section: string; readonly option: string };
}

const paste = (project: string, section = 'DEFAULT', option = 'api_paste_config', file = 'api-paste.ini') => ({
  path: `/etc/${project}/${file}`,
  section,
  option,
});

/** Keystone tells of itself. */
const audited: Readonly<Record<string, Audited>> = {
  nova: {
    type: 'compute',
    taxonomy: 'service/compute',
    collections: { servers: 'server', flavors: 'flavor', 'os-keypairs': 'keypair', 'os-aggregates': 'aggregate' },
    paste: paste('nova', 'wsgi'),
  },
  neutron: {
    type: 'network',
    taxonomy: 'service/network',
    collections: {
      networks: 'network',
      subnets: 'subnet',
      ports: 'port',
      routers: 'router',
      floatingips: 'floatingip',
    },
    paste: paste('neutron'),
  },
  cinder: {
    type: 'block-storage',
    taxonomy: 'service/storage/block',
    collections: { volumes: 'volume', snapshots: 'snapshot', backups: 'backup', types: 'type' },
    paste: paste('cinder'),
  },
  glance: {
    type: 'image',
    taxonomy: 'service/storage/image',
    collections: { images: 'image', members: 'member', tags: 'tag' },
    paste: paste('glance', 'paste_deploy', 'config_file', 'glance-api-paste.ini'),
  },
  heat: {
    type: 'orchestration',
    taxonomy: 'service/orchestration',
    collections: { stacks: 'stack', resources: 'resource', events: 'event' },
    paste: paste('heat', 'paste_deploy'),
  },
  designate: {
    type: 'dns',
    taxonomy: 'service/dns',
    collections: { zones: 'zone', recordsets: 'recordset', tsigkeys: 'tsigkey' },
    paste: paste('designate', 'service:api'),
  },
  manila: {
    type: 'shared-file-system',
    taxonomy: 'service/storage/file',
    collections: { shares: 'share', snapshots: 'snapshot', types: 'type' },
    paste: paste('manila'),
  },
  masakari: {
    type: 'instance-ha',
    taxonomy: 'service/compute',
    collections: { segments: 'segment', hosts: 'host', notifications: 'notification' },
    paste: paste('masakari', 'wsgi'),
  },
  octavia: {
    type: 'load-balancer',
    taxonomy: 'service/load-balancer',
    collections: { loadbalancers: 'loadbalancer', listeners: 'listener', pools: 'pool', members: 'member' },
  },
  ironic: {
    type: 'baremetal',
    taxonomy: 'service/compute/baremetal',
    collections: { nodes: 'node', ports: 'port', chassis: 'chassis' },
  },
};

const auditedPaste = '/etc/audit/api-paste.ini';
const mapOf = (project: string): string => `/etc/${project}/api_audit_map.conf`;

function auditedIn(chart: Chart, project: string): Audited | undefined {
  return chart.cloud.spec.features.logging.cadf.enabled ? audited[project] : undefined;
}

/** What a project's file says about audit: where events go, and by which pipeline or of its own. */
export function auditSections(chart: Chart, project: string): Ini {
  const one = auditedIn(chart, project);
  if (one === undefined) return {};
  const events: Ini = { audit_middleware_notifications: eventsSection(chart) };
  if (one.paste === undefined) return { ...events, audit: { enabled: true, audit_map_file: mapOf(project) } };
  const { section, option } = one.paste;
  return { ...events, [section]: { [option]: auditedPaste } };
}

function eventsSection({ cloud }: Chart): IniSection {
  const { driver } = cloud.spec.features.logging.cadf;
  if (driver === 'log') return { driver };
  return { driver, transport_url: notificationsUrl(cloud), topics: 'notifications' };
}

/** What paths of a project mean, for its events. */
export function auditFiles(chart: Chart, project: string): readonly ConfigFile[] {
  const one = auditedIn(chart, project);
  if (one === undefined) return [];
  const { type, taxonomy, collections } = one;
  return [
    iniFile(
      chart,
      { path: mapOf(project) },
      {
        DEFAULT: { target_endpoint_type: type },
        path_keywords: collections,
        service_endpoints: { [type]: taxonomy },
      },
    ),
  ];
}

/**
 * The pod of an API whose pipeline gets the middleware: the package's own pipeline, which differs from release to release, is
 * read before the API starts, and the middleware put behind who checks tokens.
 */
export function withAudit<T extends PodPart>(chart: Chart, project: string, part: T): T {
  const pipeline = auditedIn(chart, project)?.paste;
  if (pipeline === undefined) return part;
  const command = ['python3', '-c', auditPipeline, pipeline.path, auditedPaste, mapOf(project)];
  return {
    ...part,
    mounts: [...(part.mounts ?? []), emptyDirectory('audit', '/etc/audit')],
    before: [...(part.before ?? []), { name: 'audit-pipeline', image: project, command, weight: 'job' }],
  };
}

/** @internal Arguments: the package's pipeline, the one to write, what paths mean. */
export const auditPipeline = String.raw`import re
import sys

source, target, map_file = sys.argv[1:]
lines = []
own = False
with open(source, encoding="utf-8") as file:
    for line in file.read().splitlines():
        if line.startswith("["):
            own = line.strip() == "[filter:audit]"
        name, sign, value = line.partition("=")
        words = value.split()
        if sign and not line.startswith("#") and "authtoken" in words and "audit" not in words:
            words.insert(words.index("authtoken") + 1, "audit")
            line = name + "= " + " ".join(words)
        if not own:
            lines.append(line)
lines += ["", "[filter:audit]", "paste.filter_factory = keystonemiddleware.audit:filter_factory"]
lines += ["audit_map_file = " + map_file, ""]
if not any(re.search(r"\bauthtoken audit\b", line) for line in lines):
    raise SystemExit("%s checks tokens nowhere: there is no place for audit" % source)
with open(target, "w", encoding="utf-8") as file:
    file.write("\n".join(lines))
`;
