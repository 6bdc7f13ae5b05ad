import type { Cloud } from '../cloud/cloud.js';
import { resolveText } from '../cloud/cloud.js';
import type { ValueOrReference } from '../cloud/spec/fields.js';
import type { IdentityProviderSpec, OidcOptions } from '../cloud/spec/identity.js';
import type { JsonRecord } from '../render/json.js';
import { publicUrl } from './addresses.js';

/** The name that keystone's protocol of federation has, as MOSK's: the one of its plugin. */
export const federationProtocol = 'mapped';

/** Who vouches for people by OpenID Connect. */
export interface IdentityProvider {
  readonly name: string;
  /** What people choose it by. */
  readonly label: string;
  readonly issuer: string;
  /** Where its document of OpenID Connect Discovery is. */
  readonly metadataUrl: string;
  /** That document, where the spec has it: nothing is fetched then. */
  readonly document?: JsonRecord;
  readonly mapping: readonly unknown[];
  /** What Apache's module reads of a client and its ways (`.client` and `.conf` of its metadata directory). */
  readonly client: JsonRecord;
  readonly conf: JsonRecord;
  readonly oauth2: Readonly<Record<string, string>>;
  /** PEM of the authority of its certificate. */
  readonly authority?: string;
}

const keycloakName = 'keycloak';

/** Who is who in Keycloak's realm of the platform: names, and groups by the roles of IAM, in the domain Default. */
const keycloakMapping = [
  {
    local: [{ user: { name: '{0}', email: '{1}' } }, { groups: '{2}', domain: { name: 'Default' } }],
    remote: [{ type: 'OIDC-iam_username' }, { type: 'OIDC-email' }, { type: 'OIDC-iam_roles' }],
  },
];

/** All providers in use; none where nobody signs in through any. */
export function identityProviders(cloud: Cloud): readonly IdentityProvider[] {
  const { federation, keycloak } = cloud.spec.features.keystone;
  const { enabled, providers } = federation.openid;
  const own = enabled ? Object.entries(providers).filter(([, provider]) => provider.enabled) : [];
  return [
    ...(keycloak.enabled ? [keycloakProvider(cloud)] : []),
    ...own.map(([name, provider]) => providerOf(cloud, name, provider)),
  ];
}

function keycloakProvider({ spec }: Cloud): IdentityProvider {
  const { url = '', oidc } = spec.features.keystone.keycloak;
  const issuer = `${url.replace(/\/+$/u, '')}/auth/realms/iam`;
  return {
    name: keycloakName,
    label: 'Keycloak',
    issuer,
    metadataUrl: oidc.OIDCProviderMetadataURL ?? discoveryOf(issuer),
    mapping: keycloakMapping,
    client: { client_id: oidc.OIDCClientID },
    conf: {},
    oauth2: {},
  };
}

/** Options of all providers hold for one that has none of its own. */
function providerOf(cloud: Cloud, name: string, provider: IdentityProviderSpec): IdentityProvider {
  const { issuer, description, mapping, metadata, oauth2, oidc_ca: authority } = provider;
  const { OIDCClientID: client_id, OIDCProviderMetadataURL: common } =
    cloud.spec.features.keystone.federation.openid.oidc;
  const { value_from: from, ...document } = metadata.provider;
  return {
    name,
    label: description ?? name,
    issuer,
    metadataUrl: from?.from_url?.url ?? common ?? discoveryOf(issuer),
    mapping,
    client: { client_id, ...resolved(cloud, metadata.client) },
    conf: metadata.conf,
    oauth2,
    ...(Object.keys(document).length === 0 ? {} : { document }),
    ...(authority === undefined ? {} : { authority: resolveText(cloud, authority) }),
  };
}

function resolved(cloud: Cloud, texts: Readonly<Record<string, ValueOrReference | undefined>>): JsonRecord {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, value]) => (value === undefined ? [] : [[key, resolveText(cloud, value)]])),
  );
}

const discoveryOf = (issuer: string): string => `${issuer}/.well-known/openid-configuration`;

/** Where a browser comes back to: what the spec says, else keystone's own address of the first provider. */
export function redirectUris(cloud: Cloud): readonly string[] {
  const { federation, keycloak } = cloud.spec.features.keystone;
  const given = (keycloak.enabled ? keycloak.oidc : federation.openid.oidc).OIDCRedirectURI ?? [];
  if (given.length > 0) return given;
  const name = keycloak.enabled ? keycloakName : (Object.keys(federation.openid.providers)[0] ?? '');
  const provider = `OS-FEDERATION/identity_providers/${name}`;
  return [`${publicUrl(cloud, 'keystone')}/v3/auth/${provider}/protocols/${federationProtocol}/websso/`];
}

/** Options of Apache's module as the spec has them: of Keycloak where that is used, else of the providers together. */
export function oidcOptions({ spec }: Cloud): OidcOptions {
  const { federation, keycloak } = spec.features.keystone;
  return { ...federation.openid.oidc, ...(keycloak.enabled ? keycloak.oidc : {}) };
}
