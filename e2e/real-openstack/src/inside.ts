import { mkdir } from 'node:fs/promises';
import { messageOf, sleep, systemClock } from '@keelson/std';
import { Api } from './cloud/api.js';
import { domain, namespace } from './cloud/deployment.js';
import { zed } from './cloud/releases.js';
import { Rollout } from './cloud/rollout.js';
import { homeOf } from './home.js';
import { makeBridge } from './machine/node.js';
import { gateway } from './network/addresses.js';
import { serveNames } from './network/dns-server.js';
import { Cluster } from './pods/cluster.js';
import { asTestResult, summary, writeReport } from './report.js';
import { stepsOf } from './steps/index.js';
import { runSteps } from './steps/step.js';
import { makeShare } from './steps/volume.js';

/** The lane inside of the machine that `main` made: first process but one of its namespaces. */

const [report = '', bookworm = '', trixie = ''] = process.argv.slice(2);
const home = homeOf(process.env);
const begun = systemClock.now();
const say = (line: string): void => {
  process.stdout.write(`${((systemClock.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
};

try {
  await makeBridge();
  await mkdir(home.run, { recursive: true });
  const cluster = new Cluster({ namespace, domain, directory: home.run, trees: { bookworm, trixie }, say });
  await serveNames(gateway, (name) => cluster.lookup(name));
  void cluster.follow();
  for (const name of ['ctl-1', 'cmp-1'] as const) await cluster.addNode(name);
  makeShare(home.run);
  const rollout = new Rollout(cluster, zed, say);
  const context = {
    cluster,
    rollout,
    say,
    directory: home.run,
    found: new Map<string, string>(),
    api: () => Api.admin(rollout.credentials.view),
  };
  const results = await runSteps(stepsOf(process.env), context, (soFar) =>
    writeReport(report, asTestResult('e2e/real-openstack', soFar)),
  );
  process.stdout.write(`\n${summary(results)}\n`);
  await sleep(systemClock, Number(process.env['KEELSON_REAL_OPENSTACK_STAY'] ?? 0) * 1000);
  process.exit(results.some(({ status }) => status === 'failed') ? 1 : 0);
} catch (error) {
  process.stderr.write(`real-openstack: ${messageOf(error)}\n${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  process.exit(2);
}
