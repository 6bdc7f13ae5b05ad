import { terminal } from '@keelson/std';
import type { Step } from '../steps/step.js';
import { databaseNames, memberNames, type OvnContext, type Stand } from './stand.js';

const [zero = '', one = '', two = ''] = memberNames('nb');
const southbound = memberNames('sb');

/** Each time a member is back under another id, and its leader removes the old one. */
export const volumeLost: Step<OvnContext> = {
  name: 'a member that lost its volume joins again',
  needs: [],
  async run({ stand }) {
    await mark(stand, 'before-loss');
    const seen: string[] = [];
    const leader = await stand.leader('nb');
    for (const name of new Set([
      zero,
      leader,
      memberNames('nb').find((each) => each !== zero && each !== leader) ?? two,
    ])) {
      const before = await stand.clusterId('nb');
      await stand.cluster.crash([name], ['data']);
      await stand.cluster.revive([name]);
      const joined = await stand.seconds(() => stand.counted('nb', name));
      const alone = await stand.seconds(() => stand.whole('nb', 180_000));
      if ((await stand.clusterId('nb')) !== before) throw terminal(`${name} began another cluster`);
      seen.push(
        `${name}${name === leader ? ' (leader)' : ''} counted after ${joined}, its old id gone after ${alone} more`,
      );
    }
    await kept(stand, 'before-loss');
    return seen.join('; ');
  },
};

/** The worst order: who would begin a cluster is back first, and empty. */
export const powerCut: Step<OvnContext> = {
  name: 'power fails for all, and member 0 is back first without its volume',
  needs: [],
  async run({ stand }) {
    await mark(stand, 'before-power-cut');
    const before = await stand.clusterId('nb');
    await Promise.all([stand.cluster.crash([zero], ['data']), stand.cluster.crash([one, two])]);
    await stand.cluster.revive([zero]);
    await stand.pause(15_000);
    const { members } = await stand.database('nb');
    if (members[0]?.report === undefined || members[0].report.raft !== undefined)
      throw terminal(`${zero} did not wait for the others: ${JSON.stringify(members[0])}`);
    await stand.cluster.revive([one, two]);
    const took = await stand.seconds(() => stand.whole('nb', 180_000));
    if ((await stand.clusterId('nb')) !== before) throw terminal('another cluster began');
    await kept(stand, 'before-power-cut');
    return `it waited; the old cluster was whole ${took} after the others came, with its data`;
  },
};

export const removedWhileAway: Step<OvnContext> = {
  name: 'a member that was removed while it was away is taken back',
  needs: [],
  async run({ stand }) {
    const leader = await stand.leader('nb');
    const away = leader === two ? one : two;
    const { members } = await stand.database('nb');
    const id = members.find(({ name }) => name === away)?.report?.raft?.server ?? '';
    await stand.cluster.crash([away]);
    const { code, stderr } = await stand
      .pod(leader)
      .exec(['ovn-appctl', '-T', '30', '-t', '/run/ovn/ovnnb_db.ctl', 'cluster/kick', databaseNames.nb, id], 40_000);
    if (code !== 0) throw terminal(`${away} could not be removed: ${stderr}`);
    await stand.cluster.revive([away]);
    await stand.passUntil(new RegExp(`^${away} was removed from the northbound database`, 'u'));
    const took = await stand.seconds(() => stand.passUntil('settled', 180_000));
    await stand.whole('nb');
    return `the keeper ordered ${away} to join again, and was settled ${took} later`;
  },
};

export const majorityLost: Step<OvnContext> = {
  name: 'a majority that lost its volumes: the cluster begins anew from the data that is left',
  needs: [],
  async run({ stand }) {
    await mark(stand, 'before-majority-loss');
    const before = await stand.clusterId('nb');
    await stand.cluster.crash([zero, one], ['data']);
    await stand.cluster.revive([zero, one]);
    await stand.passUntil(/has no leader/u);
    stand.wait(4);
    const took = await stand.seconds(async () => {
      await stand.passUntil(`the northbound database begins anew from the data of ${two}`);
      await stand.whole('nb', 180_000);
    });
    await stand.passUntil('settled');
    await kept(stand, 'before-majority-loss');
    if ((await stand.clusterId('nb')) === before) throw terminal('it is the old cluster');
    await mark(stand, 'after-majority-loss');
    const followed = await stand.seconds(() => stand.bound('after-majority-loss'));
    return `whole ${took} after the order, with the data of ${two}; northd followed to the new cluster in ${followed}`;
  },
};

/** Members that are away may come back: only an operator can say that they are not waited for. */
export const majorityAway: Step<OvnContext> = {
  name: 'a majority that is away: by the annotation it begins anew, and who comes back joins',
  needs: [],
  async run({ stand }) {
    const [first = '', second = '', last = ''] = southbound;
    await stand.cluster.crash([first, second]);
    await stand.passUntil(/has no leader/u);
    stand.wait(4);
    await stand.passUntil(new RegExp(`has no majority without ${first}, ${second}`, 'u'));
    const asked = { rebuild: 'sb' };
    const led = await stand.seconds(async () => {
      await stand.passUntil(`the southbound database begins anew from the data of ${last}`, 60_000, asked);
      await stand.passUntil(/has a leader/u, 120_000, asked);
    });
    await stand.cluster.revive([first, second]);
    const whole = await stand.seconds(() => stand.whole('sb', 180_000));
    await stand.passUntil('settled', 120_000, asked);
    return `${last} led alone ${led} after the annotation; the others set their data aside and joined in ${whole}`;
  },
};

export const allLost: Step<OvnContext> = {
  name: 'all lost: empty by the annotation alone, and northd fills the southbound database',
  needs: [],
  async run({ stand }) {
    await stand.control('nb', 'ls-add', 'to-be-filled');
    await stand.bound('to-be-filled');
    await stand.cluster.crash(southbound, ['data']);
    await stand.cluster.revive(southbound);
    await stand.passUntil(/has no leader/u);
    stand.wait(4);
    await stand.passUntil(/^no member of the southbound database has data/u);
    const asked = { rebuild: `sb:${southbound[1] ?? ''}` };
    const whole = await stand.seconds(async () => {
      await stand.passUntil(/begins anew/u, 60_000, asked);
      await stand.whole('sb', 180_000);
    });
    const filled = await stand.seconds(() => stand.bound('to-be-filled'));
    await stand.passUntil('settled', 120_000, asked);
    return `three members ${whole} after the annotation; northd had filled it after ${filled} more`;
  },
};

async function mark(stand: Stand, name: string): Promise<void> {
  await stand.control('nb', 'ls-add', name);
}

async function kept(stand: Stand, name: string): Promise<void> {
  const list = await stand.control('nb', 'ls-list');
  if (!list.includes(`(${name})`)) throw terminal(`the switch ${name} is lost: ${list}`);
}
