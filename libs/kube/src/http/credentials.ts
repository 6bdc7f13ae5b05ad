import { readFileSync } from 'node:fs';
import { type Clock, messageOf, terminal } from '@keelson/std';

/** What a token file holds is read again when it is this old: kubelets and operators replace such files. */
const tokenFileMs = 10_000;

/** The header for a source of tokens. */
export function bearer(token: () => string | undefined): () => string | undefined {
  return () => {
    const text = token();
    return text === undefined || text === '' ? undefined : `Bearer ${text}`;
  };
}

/** Tokens from a file that others may replace. While it cannot be read the last token is used. */
export function tokenFromFile(path: string, clock: Clock): () => string {
  let token: string | undefined;
  let readAt = -Infinity;
  return () => {
    if (token !== undefined && clock.elapsed() - readAt < tokenFileMs) return token;
    try {
      token = readFileSync(path, 'utf8').trim();
    } catch (cause) {
      if (token === undefined)
        throw terminal(`the token file ${path} cannot be read: ${messageOf(cause)}`, {
          cause,
          reason: 'BadKubeconfig',
        });
    }
    readAt = clock.elapsed();
    return token;
  };
}

export function serverUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw terminal(`"${text}" is no URL of a Kubernetes API`, { cause, reason: 'BadKubeconfig' });
  }
}
