import type { OidcOptions } from '@keelson/kube-server';
import type { Http } from '@keelson/std';
import type { KubeApiConfig } from './config.js';

/**
 * Whose ID tokens are believed; undefined when nobody's are.
 *
 * @param authority PEM of the authority of the issuer's certificate; the system's trust store when absent
 */
export function oidcOptions(config: KubeApiConfig, http: Http, authority: string | undefined): OidcOptions | undefined {
  const issuer = config.KEELSON_KUBE_API_OIDC_ISSUER_URL;
  const clientId = config.KEELSON_KUBE_API_OIDC_CLIENT_ID;
  const usernamePrefix = config.KEELSON_KUBE_API_OIDC_USERNAME_PREFIX;
  const groupsClaim = config.KEELSON_KUBE_API_OIDC_GROUPS_CLAIM;
  if (issuer === undefined || clientId === undefined) return undefined;
  return {
    http,
    issuer,
    clientId,
    ...(authority === undefined ? {} : { authority }),
    usernameClaim: config.KEELSON_KUBE_API_OIDC_USERNAME_CLAIM,
    ...(usernamePrefix === undefined ? {} : { usernamePrefix }),
    ...(groupsClaim === undefined ? {} : { groupsClaim }),
    groupsPrefix: config.KEELSON_KUBE_API_OIDC_GROUPS_PREFIX,
    requiredClaims: config.KEELSON_KUBE_API_OIDC_REQUIRED_CLAIMS,
    algorithms: config.KEELSON_KUBE_API_OIDC_SIGNING_ALGS,
  };
}
