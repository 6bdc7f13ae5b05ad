import { createHash, timingSafeEqual } from 'node:crypto';

/** Tells whether an `Authorization` header shows the token. Compared by digest, in constant time. */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const wanted = digest(token);
  return (authorization) => {
    const shown = /^bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    return shown !== undefined && timingSafeEqual(digest(shown), wanted);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
