import type { Step } from '../steps/step.js';
import { terminal } from '@keelson/std';
import { compaction, handOver } from './running.js';
import { renderedDatabases } from './rendered.js';
import { allLost, majorityAway, majorityLost, powerCut, removedWhileAway, volumeLost } from './losses.js';
import { memberNames, type OvnContext, sides } from './stand.js';

const begin: Step<OvnContext> = {
  name: 'three members that start at once are one cluster',
  needs: [],
  async run({ stand }) {
    const { workloads, others } = renderedDatabases(stand.cluster.nodes);
    stand.cluster.configure(others);
    const databases = workloads.filter(({ kind }) => kind === 'StatefulSet');
    const took = await stand.seconds(async () => {
      await Promise.all(databases.map((set) => stand.cluster.roll(set, 120_000)));
      await Promise.all(sides.map((side) => stand.whole(side)));
    });
    await stand.passUntil('settled');
    return `${sides.flatMap(memberNames).length} members after ${took}; the keeper notes ${Object.keys(stand.data).join(', ')}`;
  },
};

/** In a new cloud nobody knows of a cluster, and the member that begins it is slow. */
const lateFirst: Step<OvnContext> = {
  name: 'they wait for a first member that is late',
  needs: [begin.name],
  async run({ stand }) {
    const names = sides.flatMap(memberNames);
    await stand.cluster.crash(names, ['data']);
    await stand.forget();
    const first = names.filter((name) => name.endsWith('-0'));
    await stand.cluster.revive(names.filter((name) => !first.includes(name)));
    await stand.pause(15_000);
    const early = await stand.database('nb');
    if (early.members.some(({ report }) => report?.raft?.hasLeader)) throw terminal('a cluster began without member 0');
    const took = await stand.seconds(async () => {
      await stand.cluster.revive(first);
      await Promise.all(sides.map((side) => stand.whole(side)));
    });
    await stand.passUntil('settled');
    const { workloads } = renderedDatabases(stand.cluster.nodes);
    for (const each of workloads) if (each.kind === 'Deployment') await stand.cluster.roll(each, 60_000);
    return `member 0 came 15 s after the others; one cluster of three ${took} later`;
  },
};

export const ovnSteps: readonly Step<OvnContext>[] = [
  begin,
  lateFirst,
  handOver,
  compaction,
  volumeLost,
  powerCut,
  removedWhileAway,
  majorityLost,
  majorityAway,
  allLost,
].map((step) => (step === begin ? step : { ...step, needs: [begin.name] }));
