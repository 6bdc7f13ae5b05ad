import { sleep, systemClock, terminal } from '@keelson/std';
import { until } from '../machine/waiting.js';
import type { Step } from '../steps/step.js';
import { memberNames, type OvnContext, type Stand } from './stand.js';

const churnSwitches = 60;
const churnRounds = 12;

/** A leader that is asked to end hands its lead over; one that fails leaves it to an election. */
export const handOver: Step<OvnContext> = {
  name: 'a leader that ends hands its lead over',
  needs: [],
  async run({ stand }) {
    const asked = await changesWhile(stand, async (leader) => {
      await stand.cluster.end(leader);
    });
    const failed = await changesWhile(stand, (leader) => stand.cluster.crash([leader]));
    return `changes waited for ${asked} when it was asked to end, ${failed} when it was killed`;
  },
};

/** @returns the longest time that a change took while the leader went away */
async function changesWhile(stand: Stand, goes: (leader: string) => Promise<void>): Promise<string> {
  const leader = await stand.leader('nb');
  let [longest, isOver, number] = [0, false, 0];
  const changing = (async () => {
    while (!isOver) {
      const begun = systemClock.now();
      await changed(stand, ++number);
      longest = Math.max(longest, systemClock.now() - begun);
      await sleep(systemClock, 50);
    }
  })();
  await sleep(systemClock, 2000);
  await goes(leader);
  await sleep(systemClock, 8000);
  isOver = true;
  await changing;
  await stand.cluster.revive([leader]);
  await stand.whole('nb');
  const noted = await stand.control('nb', 'get', 'NB_Global', '.', 'external_ids:change');
  if (!noted.includes(String(number))) throw terminal(`the change ${number} is lost: ${noted}`);
  return `${(longest / 1000).toFixed(1)} s at most (${number} changes)`;
}

/** A client is sent away by members that do not lead, and asks again. */
async function changed(stand: Stand, number: number): Promise<void> {
  await until({ what: `the change ${number}`, withinMs: 60_000, everyMs: 50 }, () =>
    stand.control('nb', 'set', 'NB_Global', '.', `external_ids:change=${number}`).then(
      () => true,
      () => undefined,
    ),
  );
}

export const compaction: Step<OvnContext> = {
  name: 'compaction by the annotation',
  needs: [],
  async run({ stand }) {
    for (let round = 0; round < churnRounds; round++) await churn(stand, round);
    const before = await bytes(stand);
    const took = await stand.seconds(async () => {
      await stand.passUntil(/^all members compact/u, 30_000, { compact: 'now' });
      await stand.passUntil('settled', 180_000, { compact: 'now' });
    });
    const after = await bytes(stand);
    if (after.some((size, n) => size >= (before[n] ?? 0)))
      throw terminal(`nothing is smaller: ${before.join()}, ${after.join()}`);
    return `${kib(before)} became ${kib(after)} KiB on the members of the northbound database, ${took} after the annotation`;
  },
};

async function churn(stand: Stand, round: number): Promise<void> {
  const names = Array.from({ length: churnSwitches }, (_, n) => `churn-${n}`);
  const words = names.flatMap((name) => [
    '--',
    '--may-exist',
    'ls-add',
    name,
    '--',
    'set',
    'Logical_Switch',
    name,
    `external_ids:round=${round}-${'x'.repeat(200)}`,
  ]);
  await stand.control('nb', ...words.slice(1));
}

async function bytes(stand: Stand): Promise<readonly number[]> {
  const { members } = await stand.database('nb');
  return memberNames('nb').map((name) => members.find((each) => each.name === name)?.report?.bytes ?? 0);
}

const kib = (sizes: readonly number[]): string => sizes.map((size) => Math.round(size / 1024)).join(', ');
