import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, type ApiObject, type ApiProcess, ApiStand, type LogRow } from '@keelson/e2e';
import { systemClock } from '@keelson/std';
import { freePort } from '@keelson/testing/postgres';

const collection = '/api/v1/namespaces/default/configmaps';
const log = "select rv, name, type, value from kube_api.log where res = 'configmaps' and ns = 'default' order by rv";

const aMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** Two processes over one database: one is the writer, the other takes over. Nothing of a former writer gets in. */
describe('a standby of the API', () => {
  let stand: ApiStand;
  let ports: readonly [number, number];
  const clients: ApiClient[] = [];

  const start = (which: 0 | 1): ApiProcess => stand.start({ database: 'postgres', port: ports[which], standby: true });
  const clientOf = ({ port }: ApiProcess): ApiClient => {
    const client = new ApiClient({ port, credentials: stand.credentials });
    clients.push(client);
    return client;
  };
  const names = async (): Promise<string[]> => (await stand.query<LogRow>('postgres', log)).map(({ name }) => name);

  beforeAll(async () => {
    stand = await ApiStand.open();
    ports = [await freePort(), await freePort()];
  }, 60_000);

  afterAll(async () => {
    for (const client of clients) client.close();
    await stand.close();
  });

  it('waits while another writes, and takes over when that one is killed', async () => {
    const [one, other] = [start(0), start(1)];
    const writer = await Promise.race([one, other].map((each) => each.serving().then(() => each)));
    const standby = writer === one ? other : one;
    await standby.saying('standing by');
    await clientOf(writer).must('POST', collection, aMap('first'));
    const refused = await clientOf(standby)
      .send('GET', '/readyz')
      .catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    const killed = systemClock.now();
    writer.signal('SIGKILL');
    await standby.serving(30);
    const tookSeconds = (systemClock.now() - killed) / 1000;
    await clientOf(standby).must('POST', collection, aMap('second'));
    expect({ refused, names: await names(), isSoon: tookSeconds < 15 }).toEqual({
      refused: 'ECONNREFUSED',
      names: ['first', 'second'],
      isSoon: true,
    });
    standby.signal('SIGTERM');
    expect(await standby.ended).toBe(0);
  }, 60_000);

  it('takes over from a writer that is frozen, of which nothing gets in when it is thawed', async () => {
    const frozen = start(0);
    await frozen.serving();
    const standby = start(1);
    await standby.saying('standing by');
    const client = clientOf(frozen);
    await Promise.all(numbered('warm', 30).map(() => client.send('GET', '/readyz')));
    const writing = numbered('late', 30).map((name, i) => {
      if (i === 10) frozen.signal('SIGSTOP');
      return client.send('POST', collection, aMap(name)).then(
        ({ code, text }) => ({ name, code, version: Number((JSON.parse(text) as ApiObject).metadata.resourceVersion) }),
        () => ({ name, code: 0, version: 0 }),
      );
    });
    await standby.serving(40);
    const other = clientOf(standby);
    const takenOver = Number((await other.must('GET', `${collection}?limit=1`)).metadata.resourceVersion);
    const mine = numbered('new', 20);
    for (const name of mine) await other.must('POST', collection, aMap(name));

    frozen.signal('SIGCONT');
    const answers = await Promise.all(writing);
    const exitCode = await frozen.ended;
    const rows = await stand.query<LogRow>('postgres', log);
    const versions = new Map(rows.map(({ name, rv }) => [name, Number(rv)]));
    const acknowledged = answers.filter(({ code }) => code === 201);
    expect({
      after: rows.filter(({ rv }) => Number(rv) > takenOver).map(({ name }) => name),
      gone: acknowledged.filter(({ name, version }) => versions.get(name) !== version),
      refused: answers.filter(({ code }) => code !== 201 && code !== 500 && code !== 0),
      hasLost: answers.length > acknowledged.length,
      exitCode,
      said: /another process (has taken over|became the writer|has become the writer)/.test(frozen.said),
    }).toEqual({ after: mine, gone: [], refused: [], hasLost: true, exitCode: 1, said: true });

    const again = start(0);
    await again.saying('standing by');
    standby.signal('SIGKILL');
    await again.serving(30);
    const list = await clientOf(again).must<{ items: ApiObject[] }>('GET', collection);
    expect(list.items.map(({ metadata }) => metadata.name).sort()).toEqual(
      [...new Set(rows.map(({ name }) => name))].sort(),
    );
  }, 120_000);
});
