import { z } from 'zod';
import { raw, ValueOrReference } from './fields.js';

/** Options of Apache's module for OpenID Connect; those that are not named here are handed to it as they are. */
const Oidc = z
  .object({
    OIDCClientID: z.string().default('os'),
    OIDCProviderMetadataURL: z.string().optional(),
    OIDCRedirectURI: z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional(),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

export type OidcOptions = z.infer<typeof Oidc>;

const IdentityProviderSpec = z.looseObject({
  issuer: z.string().transform((issuer) => issuer.replace(/\/+$/u, '')),
  description: z.string().optional(),
  enabled: z.boolean().default(true),
  mapping: z.array(z.unknown()).default([]),
  metadata: z
    .looseObject({
      client: z.object({ client_id: ValueOrReference.optional() }).catchall(ValueOrReference).prefault({}),
      conf: raw.default({}),
      provider: z
        .looseObject({
          value_from: z.looseObject({ from_url: z.looseObject({ url: z.string() }).optional() }).optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  oauth2: z.record(z.string(), z.string()).default({}),
  oidc_ca: ValueOrReference.optional(),
});
export type IdentityProviderSpec = z.infer<typeof IdentityProviderSpec>;

export const Keystone = z.looseObject({
  users: z
    .looseObject({ admin: z.looseObject({ project_name: z.string().min(1).default('admin') }).prefault({}) })
    .prefault({}),
  keycloak: z
    .looseObject({ enabled: z.boolean().default(false), url: z.string().optional(), oidc: Oidc.prefault({}) })
    .prefault({}),
  federation: z
    .looseObject({
      openid: z
        .looseObject({
          enabled: z.boolean().default(false),
          oidc: Oidc.prefault({}),
          oidc_auth_type: z.enum(['oauth20', 'oauth2']).default('oauth20'),
          providers: z.record(z.string(), IdentityProviderSpec).default({}),
        })
        .prefault({}),
    })
    .prefault({}),
  domain_specific_configuration: z
    .looseObject({
      enabled: z.boolean().default(false),
      ks_domains: z
        .record(z.string(), z.looseObject({ enabled: z.boolean().default(true), config: raw.default({}) }))
        .default({}),
    })
    .prefault({}),
});
