import { parseArgs } from 'node:util';
import { parseFaults } from './chaos.js';
import { replayCommand, run, type RunReport } from './run.js';

/** `./keelson simulate`. Exit code 1 when any oracle was violated, 2 for wrong flags. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    servers: { type: 'string', default: '50' },
    faults: { type: 'string', default: 'all' },
    limit: { type: 'string', default: '14400' },
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
  const faults = parseFaults(values.faults);
  const servers = count('--servers', values.servers, 3, 5_000);
  const limitSeconds = count('--limit', values.limit, 60, 31_536_000);
  const seeds =
    values.seeds === undefined ? [values.seed] : seedsFrom(values.seed, count('--seeds', values.seeds, 1, 100_000));
  let failed = 0;
  for (const seed of seeds) {
    const begun = performance.now();
    const report = await run({ seed, servers, faults, limitSeconds });
    const wallMs = Math.round(performance.now() - begun);
    if (report.violations.length > 0) failed += 1;
    process.stdout.write(values.json ? `${JSON.stringify({ ...report, wallMs })}\n` : `${textOf(report, wallMs)}\n`);
  }
  if (!values.json && seeds.length > 1)
    process.stdout.write(`${seeds.length - failed} of ${seeds.length} seeds held\n`);
  return failed === 0 ? 0 : 1;
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
