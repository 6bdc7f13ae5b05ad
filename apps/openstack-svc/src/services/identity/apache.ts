import { type Cloud, resolveText } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import type { ValueOrReference } from '../../cloud/spec/fields.js';
import { addresses, memcachedServers } from '../../conventions/addresses.js';
import {
  federationProtocol,
  type IdentityProvider,
  identityProviders,
  oidcOptions,
  redirectUris,
} from '../../conventions/federation.js';
import { listenAddress, tlsProxyFiles } from '../../conventions/api/tls-proxy.js';
import type { Chart } from '../../render/chart.js';
import { jsonFile, type Script, script, textFile } from '../../render/files.js';
import { emptyDirectory, type PodPart } from '../../render/pod.js';

const metadataDirectory = '/var/lib/keystone-oidc';
const authorities = '/etc/keystone/oidc-ca.crt';

/** What of the pods is other where people sign in through a provider: Apache serves, and knows OpenID Connect. */
export interface ApachePart {
  readonly files: readonly ConfigFile[];
  readonly scripts: readonly Script[];
  readonly command: readonly string[];
  readonly before: NonNullable<PodPart['before']>;
  readonly mounts: NonNullable<PodPart['mounts']>;
}

/**
 * Keystone under Apache with mod_auth_openidc: browsers are sent to the provider and come back, clients bring its tokens. One
 * provider is in the configuration; several, or one with settings of its own, are in a metadata directory, which is filled before
 * Apache starts.
 */
export function apacheWithFederation(chart: Chart): ApachePart | undefined {
  const providers = identityProviders(chart.cloud);
  if (providers.length === 0) return undefined;
  const pems = providers.flatMap(({ authority }) => authority ?? []);
  const hasDirectory = usesDirectory(providers);
  const list = jsonFile(
    chart,
    { secret: 'keystone-oidc', path: '/etc/keystone-oidc/providers.json' },
    providers.map(({ issuer, metadataUrl, document, client, conf }) => ({
      issuer,
      ...(document === undefined ? { metadataUrl } : { document }),
      client,
      conf,
    })),
  );
  const fetch: Script = { ...script(chart, 'keystone-oidc.py', fetchMetadata), configMap: 'keystone-oidc-bin' };
  const ca = textFile(
    chart,
    { secret: 'keystone-oidc', path: authorities },
    pems.map((pem) => pem.trimEnd()),
  );
  const site = textFile(
    chart,
    { secret: 'keystone-oidc', path: '/etc/keystone-apache/keystone.conf' },
    siteLines(chart, providers, pems.length > 0),
  );
  const command = ['python3', fetch.path, list.path, metadataDirectory, ...(pems.length > 0 ? [authorities] : [])];
  return {
    files: [
      site,
      ...tlsProxyFiles(chart, addresses.keystone.port),
      ...(pems.length > 0 ? [ca] : []),
      ...(hasDirectory ? [list] : []),
    ],
    scripts: hasDirectory ? [fetch] : [],
    command: ['apache2', '-D', 'FOREGROUND', '-f', site.path],
    before: hasDirectory ? [{ name: 'oidc-metadata', image: 'keystone', command, weight: 'job' }] : [],
    mounts: hasDirectory ? [emptyDirectory('oidc', metadataDirectory)] : [],
  };
}

/** Settings of one provider alone have no other place than the metadata directory. */
function usesDirectory(providers: readonly IdentityProvider[]): boolean {
  return (
    providers.length > 1 ||
    providers.some(({ conf, document }) => document !== undefined || Object.keys(conf).length > 0)
  );
}

/** Whoever runs as somebody else than who made the container's output writes to it, but may not open it. */
const output = '"|/bin/cat"';

/**
 * All of Apache's configuration but its modules, which the image's packages switch on: what they bring besides listens on port 80
 * and writes where root alone may, while the pods run as the project's user.
 */
const serverLines = [
  'ServerRoot /etc/apache2',
  'ServerName localhost',
  'User keystone',
  'Group keystone',
  'DefaultRuntimeDir /tmp',
  'PidFile /tmp/apache2.pid',
  'Mutex file:/tmp default',
  'WSGISocketPrefix /tmp/wsgi',
  'IncludeOptional mods-enabled/*.load',
  'IncludeOptional mods-enabled/*.conf',
  'LogFormat "%h %l %u %t \\"%r\\" %>s %O" combined',
];

function siteLines(chart: Chart, providers: readonly IdentityProvider[], hasAuthorities: boolean): string[] {
  const processes = chart.cloud.spec.size === 'single' ? 1 : 4;
  const { address, port } = listenAddress(chart, addresses.keystone.port);
  return [
    ...serverLines,
    `Listen ${address}:${port}`,
    `ErrorLog ${output}`,
    `<VirtualHost *:${port}>`,
    `  CustomLog ${output} combined`,
    `  WSGIDaemonProcess keystone user=keystone group=keystone processes=${processes} threads=4 display-name=%{GROUP}`,
    '  WSGIProcessGroup keystone',
    '  WSGIApplicationGroup %{GLOBAL}',
    '  WSGIScriptAlias / /usr/bin/keystone-wsgi-public',
    '  WSGIPassAuthorization On',
    '  LimitRequestFieldSize 16380',
    '  TraceEnable Off',
    '  <Directory /usr/bin>',
    '    Require all granted',
    '  </Directory>',
    ...Object.entries(moduleOptions(chart, providers, hasAuthorities)).map(
      ([name, value]) => `  ${name} ${optionText(value)}`,
    ),
    ...protectedLines('/v3/auth/OS-FEDERATION/websso/', []),
    ...protectedLines('/v3/auth/OS-FEDERATION/identity_providers/', []),
    ...providers.flatMap((provider) => providerLines(chart, provider, usesDirectory(providers))),
    '</VirtualHost>',
  ];
}

type OptionValue = string | number | boolean | readonly string[];

/** Sessions are kept where all pods see them: a browser may come back to another one. */
function moduleOptions(
  chart: Chart,
  providers: readonly IdentityProvider[],
  hasAuthorities: boolean,
): Readonly<Record<string, OptionValue>> {
  const { cloud } = chart;
  const [single] = providers;
  const { OIDCRedirectURI: _, OIDCProviderMetadataURL: __, OIDCClientID: ___, ...given } = oidcOptions(cloud);
  const secret = single?.client['client_secret'];
  const own: Readonly<Record<string, OptionValue>> =
    single === undefined || usesDirectory(providers)
      ? { OIDCMetadataDir: metadataDirectory }
      : {
          OIDCProviderMetadataURL: single.metadataUrl,
          OIDCClientID: String(single.client['client_id']),
          ...(typeof secret === 'string' ? { OIDCClientSecret: secret } : {}),
        };
  return {
    ...own,
    OIDCRedirectURI: redirectUris(cloud)[0] ?? '',
    OIDCResponseType: 'id_token',
    OIDCScope: 'openid email profile',
    OIDCClaimPrefix: 'OIDC-',
    OIDCClaimDelimiter: ';',
    OIDCPassClaimsAs: 'both',
    OIDCSessionInactivityTimeout: 1800,
    OIDCCryptoPassphrase: cloud.secrets.key('keystone-oidc-passphrase'),
    OIDCCacheType: 'memcache',
    OIDCMemCacheServers: memcachedServers(cloud).replaceAll(',', ' '),
    ...(hasAuthorities ? { OIDCCABundlePath: authorities } : {}),
    ...Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, valueOf(cloud, value)]])),
    ),
  };
}

function valueOf(cloud: Cloud, value: OptionValue | ValueOrReference): OptionValue {
  return typeof value === 'object' && 'value_from' in value ? resolveText(cloud, value) : value;
}

/** Browsers by the session of the module; clients by the token that they bring. */
function providerLines(chart: Chart, { name, issuer, oauth2 }: IdentityProvider, isInDirectory: boolean): string[] {
  const { oidc_auth_type: kind } = chart.cloud.spec.features.keystone.federation.openid;
  const path = `OS-FEDERATION/identity_providers/${name}/protocols/${federationProtocol}`;
  const discover = `${redirectUris(chart.cloud)[0] ?? ''}?iss=${encodeURIComponent(issuer)}`;
  const token = Object.entries(oauth2).map(([option, value]) => `${option} ${value}`);
  return [
    ...protectedLines(`/v3/${path}/auth`, kind === 'oauth2' ? token : [], kind),
    ...protectedLines(`/v3/auth/${path}/websso`, isInDirectory ? [`OIDCDiscoverURL ${optionText(discover)}`] : []),
  ];
}

function protectedLines(path: string, options: readonly string[], kind = 'openid-connect'): string[] {
  return [
    `  <Location ${path}>`,
    ...options.map((line) => `    ${line}`),
    `    AuthType ${kind}`,
    '    Require valid-user',
    '  </Location>',
  ];
}

function optionText(value: OptionValue): string {
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return value.map(optionText).join(' ');
}

/** @internal The names of the module's files are issuers without their scheme, encoded as in URLs. */
export const fetchMetadata = String.raw`#!/usr/bin/env python3
import json
import os
import random
import ssl
import sys
import time
import urllib.parse
import urllib.request

source, target = sys.argv[1:3]
context = ssl.create_default_context(cafile=sys.argv[3] if len(sys.argv) > 3 else None)


def fetched(url):
    for attempt in range(10):
        try:
            with urllib.request.urlopen(url, timeout=30, context=context) as answer:
                return json.load(answer)
        except (OSError, ValueError) as error:
            print("%s: %s, trying again" % (url, error), file=sys.stderr)
            time.sleep((attempt + 1) * random.uniform(0.5, 1.5))
    raise SystemExit("%s does not tell of its provider" % url)


with open(source, encoding="utf-8") as file:
    providers = json.load(file)
for provider in providers:
    issuer = provider["issuer"].split("://", 1)[-1].rstrip("/")
    name = os.path.join(target, urllib.parse.quote(issuer, safe=""))
    document = provider["document"] if "document" in provider else fetched(provider["metadataUrl"])
    parts = {"provider": document, "client": provider["client"], "conf": provider["conf"]}
    for part, document in parts.items():
        with open("%s.%s" % (name, part), "w", encoding="utf-8") as file:
            json.dump(document, file)
    print("knows the provider %s" % provider["issuer"])
`;
