import type { KubeObject, PolicyRule } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import { madeOnceAnnotation } from '../../names.js';
import { type Chart, metadataOf } from '../../render/chart.js';
import { configMapsOf, iniFile, type Script, script, secretObject, secretsOf } from '../../render/files.js';
import { valueAt } from '../../render/json.js';
import { kubeObject } from '../../render/kubernetes.js';
import { emptyDirectory, secretDirectory } from '../../render/pod.js';
import { cronJob } from '../../render/workloads.js';

/** Keys that sign tokens, and keys that encrypt what users store in keystone. */
const repositories = [
  { sort: 'fernet', schedule: '0 */12 * * *' },
  { sort: 'credential', schedule: '0 0 1 * *' },
] as const;
type Repository = (typeof repositories)[number];

/** Every pod of keystone sees them, and sees them change: the kubelet brings whole Secrets up to date. */
export const keyDirectories = repositories.map(({ sort }) =>
  secretDirectory(secretOf(sort), `/etc/keystone/${sort}-keys`),
);

/**
 * The repositories with their first keys, and the CronJobs that rotate them. Key 0 is the next one; the highest number signs.
 * What is in them is keystone's own from then on.
 */
export function keyRepositories(chart: Chart, service: ConfigFile): readonly KubeObject[] {
  const program: Script = { ...script(chart, 'keystone-rotate-keys.py', rotateKeys), configMap: 'keystone-keys-bin' };
  const override = overrideFile(chart);
  return [
    ...repositories.map(({ sort }) => firstKeys(chart, sort)),
    ...configMapsOf(chart, [program]),
    ...secretsOf(chart, [override]),
    ...access(chart),
    ...repositories.map((repository) => rotation(chart, repository, { service, override, program })),
  ];
}

function secretOf(sort: Repository['sort']): string {
  return `keystone-${sort}-keys`;
}

function firstKeys(chart: Chart, sort: Repository['sort']): KubeObject {
  const keys = [0, 1].map((index): [string, string] => [
    String(index),
    chart.cloud.secrets.key(`keystone-${sort}-${index}`),
  ]);
  const object = secretObject(chart, secretOf(sort), Object.fromEntries(keys));
  return { ...object, metadata: { ...object.metadata, annotations: { [madeOnceAnnotation]: 'true' } } };
}

interface RotationFiles {
  readonly service: ConfigFile;
  readonly override: ConfigFile;
  readonly program: Script;
}

function rotation(
  chart: Chart,
  { sort, schedule }: Repository,
  { service, override, program }: RotationFiles,
): KubeObject {
  const own = valueAt(chart.values, ['jobs', `${sort}_rotate`, 'cron']);
  const isOff = valueAt(chart.values, ['manifests', `cron_${sort}_rotate`]) === false;
  return cronJob(chart, {
    name: `keystone-${sort}-rotate`,
    component: `${sort}-rotate`,
    schedule: typeof own === 'string' ? own : schedule,
    suspend: isOff,
    roles: ['controller'],
    serviceAccount: account,
    files: [service, override],
    scripts: [program],
    fsGroup: 42424,
    // Keystone-manage looks for the keys that are in force as well.
    mounts: [emptyDirectory('keys', '/keys'), ...keyDirectories],
    containers: [
      {
        name: `${sort}-rotate`,
        image: 'keystone',
        command: ['python3', program.path, sort, secretOf(sort), service.path, override.path],
        weight: 'job',
        env: [{ name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
      },
    ],
  });
}

/** Keys are rotated in a directory of the Job's own: a mounted Secret cannot be written. */
function overrideFile(chart: Chart): ConfigFile {
  return iniFile(
    chart,
    { secret: 'keystone-keys-etc', path: '/etc/keystone/keys.conf' },
    { fernet_tokens: { key_repository: '/keys/new' }, credential: { key_repository: '/keys/new' } },
  );
}

const account = 'keystone-keys';

/** What the rotation of keys may do in the cloud's namespace. */
export const keysRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: repositories.map(({ sort }) => secretOf(sort)),
    verbs: ['get', 'update'],
  },
];

function access(chart: Chart): readonly KubeObject[] {
  const metadata = metadataOf(chart, account, 'keys');
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: keysRules,
    }),
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: account },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: chart.cloud.namespace }],
    }),
  ];
}

/**
 * Takes the keys from their Secret, has keystone-manage rotate them and writes them back, unless somebody else has done so
 * meanwhile. What is stored with an old credential key is encrypted anew when every pod has the new one: a kubelet looks after
 * a minute or so. The first thing is to end what a killed run has left. Keys of Fernet need no wait: the one that begins to
 * sign was handed out at the rotation before.
 */
export const rotateKeys = String.raw`#!/usr/bin/env python3
import base64
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
KEYS = os.environ.get("KEYS", "/keys/new")
SPREAD_SECONDS = float(os.environ.get("SPREAD_SECONDS", "180"))


def call(method, url, body=None):
    with open(os.environ.get("TOKEN_FILE", ACCOUNT + "/token"), encoding="utf-8") as file:
        token = file.read().strip()
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    context = ssl.create_default_context(cafile=ACCOUNT + "/ca.crt") if url.startswith("https") else None
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        return json.load(answer)


def manage(config, *command):
    files = [part for path in config for part in ("--config-file", path)]
    subprocess.run(["keystone-manage", *files, *command], check=True, timeout=1200)


def fetch(url):
    secret = call("GET", url)
    os.makedirs(KEYS, mode=0o700, exist_ok=True)
    for name in os.listdir(KEYS):
        os.unlink(os.path.join(KEYS, name))
    for name, value in secret["data"].items():
        with open(os.open(os.path.join(KEYS, name), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(base64.b64decode(value))
    return secret


def store(url, secret):
    data = {}
    for name in os.listdir(KEYS):
        if name.isdigit():
            with open(os.path.join(KEYS, name), "rb") as file:
                data[name] = base64.b64encode(file.read()).decode()
    call("PUT", url, {**secret, "data": data})
    print("keys now: %s" % ", ".join(sorted(data, key=int)))


def main(sort, name, *config):
    base = os.environ.get("API") or "https://%s:%s" % (
        os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"])
    url = "%s/api/v1/namespaces/%s/secrets/%s" % (base, os.environ["NAMESPACE"], name)
    secret = fetch(url)
    if sort == "credential":
        manage(config, "credential_migrate")
    manage(config, sort + "_rotate")
    store(url, secret)
    if sort == "credential":
        time.sleep(SPREAD_SECONDS)
        manage(config, "credential_migrate")


main(*sys.argv[1:])
`;
