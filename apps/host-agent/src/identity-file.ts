import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { messageOf, terminal } from '@keelson/std';
import { z } from 'zod';

/** What is expected in `/etc/keelson/agent.json`; members we do not know stay in the file when it is written again. */
const identity = z.looseObject({
  server: z.url({ protocol: /^https$/ }),
  certificateAuthority: z.string().min(1).optional(),
  token: z.string().min(1),
  namespace: z.string().min(1),
  machine: z.string().min(1),
  agent: z
    .looseObject({ version: z.string().min(1), downloadURL: z.string().min(1), sha256: z.string().min(1) })
    .optional(),
});

export type Identity = z.infer<typeof identity>;

/**
 * Reads who this host is and how it reaches the management API.
 *
 * @throws Failure terminal, reason `BadIdentity`, naming the file and what is wrong with it, never its content
 */
export async function readIdentity(path: string): Promise<Identity> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw terminal(`${path} cannot be read: ${messageOf(cause)}`, { cause, reason: 'BadIdentity' });
  });
  const result = identity.safeParse(parsed(path, text));
  if (result.success) return result.data;
  const paths = result.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
  throw terminal(`${path} is wrong in: ${paths}`, { reason: 'BadIdentity' });
}

/**
 * Puts a renewed token into the file, readable by its owner only. The file is replaced by renaming, so that a loss of
 * power leaves the old one or the new one.
 */
export async function saveToken(path: string, token: string): Promise<void> {
  const next = { ...(await readIdentity(path)), token };
  const beside = `${path}.new`;
  await writeFile(beside, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600, flush: true });
  await chmod(beside, 0o600);
  await rename(beside, path);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text holds the token.
    throw terminal(`${path} is no JSON`, { reason: 'BadIdentity' });
  }
}
