import { SecretKind } from '@keelson/api';
import { messageOf, notFound } from '@keelson/std';
import type { StateItem } from './machine.js';
import type { AgentOptions } from './options.js';
import { type RunResult, timeoutOf } from './runner.js';

/** Runs an item until it ends, its time is up or the agent stops; what goes wrong is a result too. */
export async function runWithin(
  options: AgentOptions,
  stopping: AbortSignal,
  item: StateItem,
  attempt: number,
): Promise<RunResult> {
  const timeoutMs = timeoutOf(item);
  const limit = new AbortController();
  const onStop = (): void => limit.abort(stopping.reason);
  stopping.addEventListener('abort', onStop, { once: true });
  const timer = options.clock.schedule(timeoutMs, () =>
    limit.abort(new Error(`it did not end within ${timeoutMs / 60_000} minutes`)),
  );
  const ended = new Promise<never>((_resolve, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true });
  });
  try {
    const readSecret = (name: string): Promise<Readonly<Record<string, string>>> => secretValues(options, name);
    const run = options.runner.run(item, { signal: limit.signal, attempt, timeoutMs, readSecret });
    return await Promise.race([run, ended]);
  } catch (error) {
    return { exitCode: 1, message: messageOf(error) };
  } finally {
    timer.cancel();
    stopping.removeEventListener('abort', onStop);
  }
}

async function secretValues({ api, config }: AgentOptions, name: string): Promise<Readonly<Record<string, string>>> {
  const secret = await api.get(SecretKind, { namespace: config.namespace, name });
  if (secret === undefined) throw notFound(`Secret ${config.namespace}/${name} does not exist yet`);
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
