import type { Environment } from '@marcbachmann/cel-js';

/** A URL as Go's net/url reads one in a request: with a scheme, or a path from the root. */
export class RuleUrl {
  readonly scheme: string;
  /** With the port, without the user. */
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(scheme: string, host: string, path: string, query: string) {
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }

  /** undefined when the text is no URL. */
  static parse(text: string): RuleUrl | undefined {
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u0020\u007f]/.test(text)) return undefined;
    const found = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/.exec(text);
    const [, scheme = '', authority = '', path = '', query = ''] = found ?? [];
    if (found === null || (scheme === '' && !text.startsWith('/'))) return undefined;
    const host = authority.slice(authority.lastIndexOf('@') + 1);
    if (!/^(\[[0-9A-Fa-f:.%]+\]|[^[\]:<>"]*)(:\d*)?$/.test(host) || hasBadEscape(path)) return undefined;
    return new RuleUrl(scheme.toLowerCase(), host, path, query);
  }

  get hostname(): string {
    return this.host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
  }

  get port(): string {
    return /:(\d*)$/.exec(this.host)?.[1] ?? '';
  }

  get escapedPath(): string {
    return this.path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g, (letter) => encodeURIComponent(letter));
  }
}

function hasBadEscape(path: string): boolean {
  return /%(?![0-9A-Fa-f]{2})/.test(path);
}

function queryOf({ query }: RuleUrl): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';') || hasBadEscape(pair)) continue;
    for (const [key, value] of new URLSearchParams(pair)) (values[key] ??= []).push(value);
  }
  return values;
}

function parsed(text: string): RuleUrl {
  const url = RuleUrl.parse(text);
  if (url === undefined) throw new Error(`URL parse error during conversion from string: '${text}'`);
  return url;
}

/** The URL library (k8s.io/apiserver/pkg/cel/library/urls.go). */
export function addUrls(env: Environment): void {
  env.registerType('kubernetes.URL', { ctor: RuleUrl, fields: {} });
  env.registerFunction('url(string): kubernetes.URL', parsed);
  env.registerFunction('isURL(string): bool', (text: string) => RuleUrl.parse(text) !== undefined);
  env.registerFunction('kubernetes.URL.getScheme(): string', (url: RuleUrl) => url.scheme);
  env.registerFunction('kubernetes.URL.getHost(): string', (url: RuleUrl) => url.host);
  env.registerFunction('kubernetes.URL.getHostname(): string', (url: RuleUrl) => url.hostname);
  env.registerFunction('kubernetes.URL.getPort(): string', (url: RuleUrl) => url.port);
  env.registerFunction('kubernetes.URL.getEscapedPath(): string', (url: RuleUrl) => url.escapedPath);
  env.registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', queryOf);
}
