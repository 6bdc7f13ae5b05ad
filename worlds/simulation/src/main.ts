import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { parseFaults } from './chaos.js';
import { reportsOf } from './crew/crew.js';
import { replayCommand, type RunReport } from './run.js';
import { type UpdateReport, updateReplayCommand } from './updates/update-run.js';

/** `./keelson simulate`. Exit code 1 when any oracle was violated, 2 for wrong flags. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    updates: { type: 'string' },
    openstack: { type: 'string', default: '0' },
    servers: { type: 'string', default: '50' },
    faults: { type: 'string', default: 'all' },
    limit: { type: 'string', default: '14400' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
  strict: true,
});

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(
    `keelson: ${error instanceof RangeError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  return error instanceof RangeError ? 2 : 1;
});

async function main(): Promise<number> {
  const jobs = count('--jobs', values.jobs, 1, 1_024);
  if (values.updates !== undefined) return updates(count('--updates', values.updates, 1, 1_000_000), jobs);
  const faults = parseFaults(values.faults);
  const servers = count('--servers', values.servers, 3, 5_000);
  const limitSeconds = count('--limit', values.limit, 60, 31_536_000);
  const seeds =
    values.seeds === undefined ? [values.seed] : seedsFrom(values.seed, count('--seeds', values.seeds, 1, 100_000));
  let failed = 0;
  const options = seeds.map((seed) => ({ seed, servers, faults, limitSeconds }));
  for await (const report of reportsOf('platform', options, jobs)) {
    if (report.violations.length > 0) failed += 1;
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${textOf(report, report.wallMs)}\n`);
  }
  if (!values.json && seeds.length > 1)
    process.stdout.write(`${seeds.length - failed} of ${seeds.length} seeds held\n`);
  return failed === 0 ? 0 : 1;
}

/** Updates of small clusters, one a seed; with `--openstack n` every nth carries a cloud. */
async function updates(many: number, jobs: number): Promise<number> {
  const withFaults = parseFaults(values.faults).length > 0;
  const every = count('--openstack', values.openstack, 0, 1_000_000);
  const outcomes = new Map<string, number>();
  let failed = 0;
  const options = seedsFrom(values.seed, many).map((seed, i) => ({
    seed,
    faults: withFaults,
    openstack: every > 0 && (i + 1) % every === 0,
  }));
  for await (const report of reportsOf('update', options, jobs)) {
    if (report.violations.length > 0) failed += 1;
    const word = report.outcome.split(': ').slice(0, 2).join(': ');
    outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (report.violations.length > 0 || many <= 20) process.stdout.write(`${updateText(report, report.wallMs)}\n`);
  }
  if (!values.json && many > 1) {
    const ends = [...outcomes].sort((a, b) => b[1] - a[1]).map(([outcome, times]) => `${times} ${outcome}`);
    process.stdout.write(`${many - failed} of ${many} updates held (${ends.join('; ')})\n`);
  }
  return failed === 0 ? 0 : 1;
}

function updateText(report: UpdateReport, wallMs: number): string {
  const head = `seed ${report.seed}: ${report.machines} machines${report.openstack ? ' with a cloud' : ''}, ${report.virtualSeconds} virtual seconds in ${(wallMs / 1000).toFixed(1)} s, ${report.outcome}, digest ${report.digest.slice(0, 12)}`;
  const deeds = `  ${report.deeds.length === 0 ? 'nothing happened to it' : report.deeds.join(', ')}`;
  if (report.violations.length === 0) return `${head}: held\n${deeds}`;
  const lines = report.violations
    .slice(0, 20)
    .map(({ oracle, at, what }) => `  ${new Date(at).toISOString()} ${oracle}: ${what}`);
  return [`${head}: VIOLATED`, deeds, ...lines, `  replay: ${updateReplayCommand(report, values.faults)}`].join('\n');
}

/** Seeds in a row: from a whole number on by counting, from any other text with numbers behind it. */
function seedsFrom(first: string, many: number): string[] {
  const nth = (i: number): string => (/^\d+$/.test(first) ? String(Number(first) + i) : `${first}-${i + 1}`);
  return Array.from({ length: many }, (_, i) => nth(i));
}

function textOf(report: RunReport, wallMs: number): string {
  const head = `seed ${report.seed}: ${report.servers} servers, ${report.faults} faults, ${report.kills} kills, ${Math.round(report.virtualSeconds)} virtual seconds in ${(wallMs / 1000).toFixed(1)} s, ${report.writes} writes (${(report.writes / report.servers).toFixed(1)} a server), digest ${report.digest.slice(0, 12)}`;
  if (report.violations.length === 0) return `${head}: held`;
  const lines = report.violations
    .slice(0, 30)
    .map(({ oracle, at, what }) => `  ${new Date(at).toISOString()} ${oracle}: ${what}`);
  const more = report.violations.length > 30 ? [`  … and ${report.violations.length - 30} more`] : [];
  return [`${head}: VIOLATED`, ...lines, ...more, `  replay: ${replayCommand(report, values.faults)}`].join('\n');
}

function count(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${flag} takes a whole number from ${least} to ${most}, was ${text}`);
  return value;
}
