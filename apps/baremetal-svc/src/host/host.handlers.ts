import {
  type BareMetalHost,
  BareMetalHostKind,
  BareMetalHostProfileKind,
  IpamHostKind,
  labels,
  MachineKind,
  type Netplan,
  type ObjectKey,
  SecretKind,
  type SecretReference,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { jsonResponse, type Route, type RouteRequest, type RouteResponse } from '@keelson/service';
import { type Http, notFound, terminal, transient } from '@keelson/std';
import { load } from 'js-yaml';
import {
  configurationDrive,
  installationUrls,
  type InstallReport,
  instanceIdOf,
  isToken,
  reportAnnotation,
  reportOf,
  tokenOf,
  tokenSecret,
  type TokenUse,
} from './host.installation.js';
import { imageResponse } from './host.image.js';

export interface HandlerOptions {
  readonly api: KubeApi;
  readonly http: Http;
  /** The service's own URL as BMCs and hosts see it. */
  readonly url: string;
}

/** What BMCs fetch and hosts report. The tokens in path and header are the only keys; both end with the installation. */
export function hostRoutes(options: HandlerOptions): readonly Route[] {
  return [
    { method: 'GET', path: '/media/:token/*', auth: 'open', handler: (request) => media(options, request) },
    {
      method: 'POST',
      path: '/callbacks/:namespace/:name',
      auth: 'open',
      handler: (request) => callback(options, request),
    },
  ];
}

async function media(options: HandlerOptions, request: RouteRequest): Promise<RouteResponse> {
  const [namespace = '', name = '', file = ''] = (request.params['*'] ?? '').split('/');
  const { host, key } = await admitted(options, { namespace, name }, 'media', request.params['token'] ?? '');
  if (host.status?.provisioning.state !== 'provisioning') throw noMedium();
  if (file === 'image.iso' && host.spec.image !== undefined)
    return imageResponse(options.http, host.spec.image.url, request);
  if (file === 'cidata.iso') return configuration(options, host, key);
  throw noMedium();
}

async function configuration(options: HandlerOptions, host: BareMetalHost, key: Uint8Array): Promise<RouteResponse> {
  const { api } = options;
  const [userData, metaData, network, profile] = await Promise.all([
    secretText(api, host, host.spec.userData, 'userData'),
    secretText(api, host, host.spec.metaData, 'metaData'),
    networkOf(api, host),
    profileOf(api, host),
  ]);
  const drive = configurationDrive({
    instanceId: instanceIdOf(host),
    callbackUrl: installationUrls(options.url, host, key).callback,
    callbackToken: tokenOf(key, 'callback', host),
    metaData: metaData ?? `local-hostname: ${host.metadata.name}\n`,
    userData: userData ?? '#cloud-config\n{}\n',
    network,
    profile,
  });
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(drive.length),
      'cache-control': 'no-store',
    },
    body: drive,
  };
}

/** 200 is said only once the report is stored; reports that are not the last word are not stored, so they get 202. */
async function callback(options: HandlerOptions, request: RouteRequest): Promise<RouteResponse> {
  const body = parsed(request.body);
  // Nothing is kept of how far an installer is, so nothing is looked up for it either.
  if (!isLastWord(body)) return jsonResponse(202, { message: 'heard' });
  const key: ObjectKey = { namespace: request.params['namespace'] ?? '', name: request.params['name'] ?? '' };
  const bearer = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
  const { host } = await admitted(options, key, 'callback', bearer);
  const state = host.status?.provisioning.state;
  const report = reportFrom(body, instanceIdOf(host));
  if (state === 'provisioning') {
    await options.api.patch(
      BareMetalHostKind,
      key,
      { metadata: { annotations: { [reportAnnotation]: JSON.stringify(report) } } },
      { fieldManager: 'baremetal/callbacks' },
    );
    return jsonResponse(200, { message: 'stored' });
  }
  if (state === 'provisioned') return jsonResponse(200, { message: 'known' });
  throw terminal('this installation is over', { reason: 'InstallationOver' });
}

/** The host and the key of its project, if the token is that of the installation under way. */
async function admitted(
  { api }: HandlerOptions,
  key: ObjectKey,
  use: TokenUse,
  token: string,
): Promise<{ host: BareMetalHost; key: Uint8Array }> {
  const [host, secret] = await Promise.all([
    api.get(BareMetalHostKind, key),
    api.get(SecretKind, { namespace: key.namespace, name: tokenSecret.name }),
  ]);
  const text = secret?.data?.[tokenSecret.key];
  // One answer for everything that does not fit: nobody learns which hosts there are.
  if (host === undefined || text === undefined) throw noMedium();
  const bytes = Buffer.from(text, 'base64');
  if (!installationsOf(host).some((id) => isToken(token, tokenOf(bytes, use, host, id)))) throw noMedium();
  return { host, key: bytes };
}

/**
 * Whose tokens are taken: those of the installation under way, and once the host is provisioned of the one that made it so.
 * Its installer may not have heard that its last word is known, and would repeat it for ever.
 */
function installationsOf(host: BareMetalHost): readonly string[] {
  const done = host.status?.provisioning.state === 'provisioned' ? reportOf(host)?.instanceId : undefined;
  return done === undefined ? [instanceIdOf(host)] : [instanceIdOf(host), done];
}

function noMedium(): Error {
  return notFound('there is no such medium or installation');
}

const longestMessage = 500;

type LastWord = Record<string, unknown> & { readonly phase: InstallReport['phase'] };

function isLastWord(value: Record<string, unknown>): value is LastWord {
  return value['phase'] === 'installed' || value['phase'] === 'failed';
}

function reportFrom(value: LastWord, instanceId: string): InstallReport {
  const text = (name: string): string | undefined =>
    typeof value[name] === 'string' ? value[name].slice(0, longestMessage) : undefined;
  const [message, bootId] = [text('message'), text('bootId')];
  return {
    instanceId,
    phase: value.phase,
    ...(message === undefined ? {} : { message }),
    ...(bootId === undefined ? {} : { bootId }),
  };
}

function parsed(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw terminal('the report is no JSON object', { reason: 'ReportInvalid', cause });
  }
  throw terminal('the report is no JSON object', { reason: 'ReportInvalid' });
}

async function secretText(
  api: KubeApi,
  host: BareMetalHost,
  reference: SecretReference | undefined,
  key: string,
): Promise<string | undefined> {
  if (reference === undefined) return undefined;
  const secret = await api.get(SecretKind, {
    namespace: reference.namespace ?? host.metadata.namespace,
    name: reference.name,
  });
  // Metal3 also takes the key `value`. Source: baremetal-operator, docs/api.md.
  const data = secret?.data?.[key] ?? secret?.data?.['value'];
  if (data === undefined)
    throw transient(`Secret ${reference.name} has no key ${key} yet`, {
      reason: 'SecretIncomplete',
      retryAfterSeconds: 5,
    });
  return Buffer.from(data, 'base64').toString('utf8');
}

async function networkOf(api: KubeApi, host: BareMetalHost): Promise<Netplan | undefined> {
  const own = await secretText(api, host, host.spec.networkData, 'networkData');
  if (own !== undefined) return load(own) as Netplan;
  const consumer = host.spec.consumerRef;
  if (consumer?.name === undefined) return undefined;
  const ipamHost = await api.get(IpamHostKind, {
    namespace: consumer.namespace ?? host.metadata.namespace,
    name: consumer.name,
  });
  if (ipamHost?.status?.netconfigV2 === undefined)
    throw transient(`IpamHost ${consumer.name} has no accepted network yet`, {
      reason: 'NetworkNotAccepted',
      retryAfterSeconds: 5,
    });
  return ipamHost.status.netconfigV2;
}

async function profileOf(
  api: KubeApi,
  host: BareMetalHost,
): Promise<Parameters<typeof configurationDrive>[0]['profile']> {
  const consumer = host.spec.consumerRef;
  if (consumer?.name === undefined) return undefined;
  const machine = await api.get(MachineKind, {
    namespace: consumer.namespace ?? host.metadata.namespace,
    name: consumer.name,
  });
  const named = machine?.spec.providerSpec.value?.bareMetalHostProfile;
  const namespace = named?.namespace ?? machine?.metadata.namespace ?? host.metadata.namespace ?? '';
  if (named !== undefined) return api.get(BareMetalHostProfileKind, { namespace, name: named.name });
  const { items } = await api.list(BareMetalHostProfileKind, {
    namespace,
    labelSelector: `${labels.defaultHostProfile}=true`,
  });
  return items[0];
}
