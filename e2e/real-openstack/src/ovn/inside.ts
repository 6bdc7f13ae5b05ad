import { mkdir } from 'node:fs/promises';
import { messageOf, systemClock } from '@keelson/std';
import { domain, namespace } from '../cloud/deployment.js';
import { ovnHomeOf } from '../home.js';
import { makeBridge } from '../machine/node.js';
import { gateway } from '../network/addresses.js';
import { serveNames } from '../network/dns-server.js';
import { Cluster } from '../pods/cluster.js';
import { asTestResult, summary, writeReport } from '../report.js';
import { runSteps } from '../steps/step.js';
import { Stand } from './stand.js';
import { ovnSteps } from './steps.js';

/** The lane of OVN's databases inside of the machine that `main` made. */

const [report = '', bookworm = ''] = process.argv.slice(2);
const home = ovnHomeOf(process.env);
const begun = systemClock.now();
const say = (line: string): void => {
  process.stdout.write(`${((systemClock.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
};

try {
  await makeBridge();
  await mkdir(home.run, { recursive: true });
  const cluster = new Cluster({ namespace, domain, directory: home.run, trees: { bookworm }, say });
  await serveNames(gateway, (name) => cluster.lookup(name));
  void cluster.follow();
  for (const name of ['ctl-1', 'ctl-2', 'ctl-3'] as const) await cluster.addNode(name);
  const stand = new Stand(cluster);
  const results = await runSteps(ovnSteps, { say, stand }, (soFar) =>
    writeReport(report, asTestResult('e2e/real-openstack/ovn', soFar)),
  );
  process.stdout.write(`\n${summary(results)}\n`);
  process.exit(results.some(({ status }) => status === 'failed') ? 1 : 0);
} catch (error) {
  process.stderr.write(`real-ovn: ${messageOf(error)}\n${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  process.exit(2);
}
