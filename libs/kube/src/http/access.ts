import { terminal } from '@keelson/std';
import { bearer, serverUrl } from './credentials.js';
import { readKubeconfig } from './kubeconfig.js';
import type { HttpKubeOptions } from './options.js';

/** Where the API server is, how it is trusted and who we are to it. */
export interface Access {
  readonly server: URL;
  readonly trust: Trust;
  /** The Authorization header of the next request. */
  authorization(): string | undefined;
}

/** What a connection is made with: all requests with equal trust may share connections. */
export interface Trust {
  /** PEM; the system's trust store when absent. */
  readonly certificateAuthority?: string | undefined;
  /** PEM of our own certificate and key. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  /** Name to check the server's certificate for, when it is not the one in the URL. */
  readonly serverName?: string | undefined;
  /** True accepts any certificate: only by a kubeconfig that says so. */
  readonly isInsecure?: boolean | undefined;
}

/** @throws Failure terminal, reason `BadKubeconfig`, when the options lead to no server */
export function accessOf(options: HttpKubeOptions): Access {
  const access = 'kubeconfig' in options ? readKubeconfig(options, options.clock) : accessToServer(options);
  const { protocol, hostname } = access.server;
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    throw terminal(
      `the Kubernetes API must be reached over https (http only on a loopback address), was ${access.server.origin}`,
      { reason: 'BadKubeconfig' },
    );
  }
  return access;
}

function accessToServer(options: {
  server: string;
  certificateAuthority?: string;
  token?: string | (() => string);
}): Access {
  const { token } = options;
  return {
    server: serverUrl(options.server),
    trust: { certificateAuthority: options.certificateAuthority },
    authorization: bearer(typeof token === 'function' ? token : () => token),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
