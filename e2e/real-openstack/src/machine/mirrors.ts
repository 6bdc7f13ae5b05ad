import { terminal } from '@keelson/std';
import { output } from './shell.js';

/** Where Debian's packages come from. */
export interface Mirrors {
  readonly main: string;
  readonly security: string;
}

/**
 * The mirrors that the apt of this machine uses for its own packages: a lane asks no place that its machine does not ask.
 * `KEELSON_DEBIAN_MIRROR` and `KEELSON_DEBIAN_SECURITY_MIRROR` name others.
 */
export async function mirrorsOf(environment: NodeJS.ProcessEnv): Promise<Mirrors> {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages'];
  const known = mirrorsAmong((await output('apt-get', ['indextargets', ...format])).split('\n'));
  const main = environment['KEELSON_DEBIAN_MIRROR'] ?? known.main;
  const security = environment['KEELSON_DEBIAN_SECURITY_MIRROR'] ?? known.security;
  if (main === undefined || security === undefined)
    throw terminal(
      'apt of this machine knows no mirror of Debian: name two in KEELSON_DEBIAN_MIRROR and KEELSON_DEBIAN_SECURITY_MIRROR',
      { reason: 'NoMirror' },
    );
  return { main, security };
}

/** The first mirror of each sort among the URIs that apt reads. */
export function mirrorsAmong(uris: readonly string[]): Partial<Mirrors> {
  const ending = (end: string): string | undefined =>
    uris.map((uri) => uri.trim().replace(/\/+$/, '')).find((uri) => uri.endsWith(end));
  const [main, security] = [ending('/debian'), ending('/debian-security')];
  return { ...(main === undefined ? {} : { main }), ...(security === undefined ? {} : { security }) };
}
