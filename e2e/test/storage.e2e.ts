import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiClient,
  type ApiProcess,
  ApiStand,
  crowdLog,
  crowdNamespace,
  deedFaults,
  entriesOf,
  eventually,
  expectedEvents,
  Follower,
  followerFaults,
  type LogRow,
  Order,
  Writer,
} from '@keelson/e2e';
import { integerBelow, seededRandom, sleep, systemClock } from '@keelson/std';
import { freePort } from '@keelson/testing/postgres';

const seed = process.env.KEELSON_SEED ?? 'storage-1';
const writers = 16;
const scopes = ['namespace', 'namespace', 'namespace', 'namespace', 'everywhere', 'everywhere', 'odd', 'odd'] as const;

/** What is killed, in an order chosen by the seed. */
const kills = ['api', 'postgres', 'api', 'postgres crash', 'both'] as const;

function shuffled<A>(items: readonly A[], random: ReturnType<typeof seededRandom>): A[] {
  const rest = [...items];
  return items.map(() => rest.splice(integerBelow(random, rest.length), 1)[0] as A);
}

/** kill -9 of the API's process and of PostgreSQL while 16 clients write and 10 watch over HTTPS. */
describe(`the storage of the API under kill -9 (seed ${seed})`, () => {
  let stand: ApiStand;
  let api: ApiProcess;
  let client: ApiClient;
  let isOver = false;
  const writing = new AbortController();
  const watching = new AbortController();

  /** Starts the API again whenever it ends, as a supervisor does. */
  async function keep(port: number): Promise<void> {
    while (!isOver) {
      api = stand.start({ database: 'postgres', port });
      await api.ended;
    }
  }

  async function kill(what: (typeof kills)[number]): Promise<void> {
    if (what === 'api' || what === 'both') api.signal('SIGKILL');
    if (what !== 'api') await stand.postgres.restart(what === 'postgres crash' ? 'immediate' : 'kill');
  }

  beforeAll(async () => {
    stand = await ApiStand.open();
    const port = await freePort();
    client = new ApiClient({ port, credentials: stand.credentials });
    void keep(port);
    await api.serving();
    await client.must('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: crowdNamespace },
    });
  }, 60_000);

  afterAll(async () => {
    isOver = true;
    writing.abort();
    watching.abort();
    client.close();
    await stand.close();
  });

  it('loses, repeats and reorders nothing that was acknowledged or watched', async () => {
    const random = seededRandom(seed);
    const order = new Order();
    const crowd = Array.from(
      { length: writers },
      (_, i) => new Writer({ client, order, random: seededRandom(`${seed} ${i}`), name: `w${i}` }),
    );
    const revision = (): Promise<number> =>
      eventually(
        'the revision',
        30,
        async () => Number((await client.must('GET', '/api/v1/namespaces?limit=1')).metadata.resourceVersion),
        () => true,
      );
    const followers = await Promise.all(scopes.map(async (scope) => new Follower(client, scope, await revision())));
    const running = [
      ...crowd.map((writer) => writer.run(writing.signal)),
      ...followers.map((follower) => follower.run(watching.signal)),
    ];

    const join = async (): Promise<void> => {
      const late = new Follower(client, 'namespace', await revision());
      followers.push(late);
      running.push(late.run(watching.signal));
    };
    const served: number[] = [];
    for (const [i, what] of shuffled(kills, random).entries()) {
      await sleep(systemClock, 500 + integerBelow(random, 700));
      if (i === 1 || i === 3) await join();
      await kill(what);
      await progress(crowd);
      served.push(await revision());
    }
    writing.abort();
    await Promise.all(running.slice(0, writers));

    const entries = entriesOf(await stand.query<LogRow>('postgres', crowdLog));
    await caughtUp(followers, entries);
    watching.abort();
    await Promise.all(running);
    const deeds = crowd.flatMap((writer) => writer.deeds);
    const [log] = await stand.query<{ gaps: number }>(
      'postgres',
      'select (max(rv) - min(rv) + 1 - count(*))::int as gaps from kube_api.log',
    );
    expect({
      followers: followers.length,
      deeds: deedFaults(entries, deeds),
      events: followers.flatMap((follower) => followerFaults(entries, follower)),
      gaps: log?.gaps,
      isMonotonic: served.every((version, i) => i === 0 || version > (served[i - 1] ?? 0)),
      wereCutOff: followers.every(({ streams }) => streams > kills.length),
      haveUnknown: deeds.some(({ version }) => version === undefined),
      haveWritten: deeds.length > 200,
    }).toEqual({
      followers: 10,
      deeds: [],
      events: [],
      gaps: 0,
      isMonotonic: true,
      wereCutOff: true,
      haveUnknown: true,
      haveWritten: true,
    });
  }, 120_000);
});

/** Resolves when most writers have had another write acknowledged. */
async function progress(crowd: readonly Writer[]): Promise<void> {
  const begun = crowd.map(({ deeds }) => deeds.length);
  const hasMoved = (writer: Writer, i: number): boolean =>
    writer.deeds.slice(begun[i]).some(({ version }) => version !== undefined);
  for (let waited = 0; waited < 60_000 && crowd.filter(hasMoved).length < crowd.length * 0.75; waited += 50)
    await sleep(systemClock, 50);
}

/** Gives followers the time to see the last that concerns them. */
async function caughtUp(followers: readonly Follower[], entries: ReturnType<typeof entriesOf>): Promise<void> {
  const ends = followers.map(({ scope, from }) => expectedEvents(entries, scope, from).at(-1)?.version ?? 0);
  const isBehind = ({ events }: Follower, i: number): boolean => (events.at(-1)?.version ?? 0) < (ends[i] ?? 0);
  for (let waited = 0; waited < 10_000 && followers.some(isBehind); waited += 50) await sleep(systemClock, 50);
  await sleep(systemClock, 200);
}
