import { performance } from 'node:perf_hooks';
import { type LogEntry, postgresLog } from '@keelson/kube-server';
import { silentLog, systemClock, systemRandom } from '@keelson/std';
import { startPostgres } from '@keelson/testing/postgres';

const seconds = 3;
const kinds = 'configmaps';
const text = 'x'.repeat(1200);

/** The log of writes alone, with commits that are synced: entries per second, by how many share a commit. */
export async function storage(batches: readonly number[]): Promise<Readonly<Record<string, number>>> {
  const postgres = await startPostgres({ durable: true });
  const log = postgresLog({
    url: postgres.adminUrl,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    waitSeconds: 10,
  });
  try {
    let { revision } = await log.open();
    const perSecond: Record<string, number> = {};
    for (const size of batches) {
      const begun = performance.now();
      let written = 0;
      while (performance.now() - begun < seconds * 1000) {
        await log.append(Array.from({ length: size }, (_, i) => entry((revision += 1), `object-${i}`)));
        written += size;
      }
      perSecond[size] = Math.round((written * 1000) / (performance.now() - begun));
    }
    return perSecond;
  } finally {
    await log.close();
    await postgres.stop();
  }
}

function entry(revision: number, name: string): LogEntry {
  const metadata = {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    resourceVersion: String(revision),
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text } };
  return { revision, resource: kinds, namespace: 'default', name, type: 'put', object, previous: undefined };
}
