import { type ServedEngine, servedEngine } from '../../../libs/kube-server/src/http/served.fixtures.js';
import type { Target } from './client.js';

/** The embedded API over memory, with the kinds of a simulated cluster: the most that it serves. */
export async function ourServer(): Promise<Target & { close(): Promise<void> }> {
  const server: ServedEngine = await servedEngine({ profile: 'child' });
  return {
    port: server.port,
    authority: server.authority,
    issue: (user, groups) => server.issue(user, groups),
    close: () => server.close(),
  };
}
