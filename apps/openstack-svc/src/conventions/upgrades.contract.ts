import { describe, expect, it } from '@jest/globals';
import { aSpec, rendered } from '../cloud/cloud.fixtures.js';
import { aShell } from '../render/shell.fixtures.js';

/** The command of a check, by a real shell and a stand-in for the project's program. */
const shell = aShell();

const containerOf = (job: unknown): { readonly command: readonly string[] } =>
  Object(job).spec.template.spec.containers[0];
const check = rendered(aSpec({}))
  .flatMap(({ onDemand }) => onDemand)
  .find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'glance-upgrade-check');
const { command } = containerOf(check);

/** What the Job's pod ends with when the program prints this and ends so. */
const endsWith = (prints: string, code: number): number => {
  shell.program('glance-status', `echo "$*" >> "$CALLS"; printf '%s\\n' '${prints}'; exit ${code}`);
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const calls = shell.run(`code=0\n${quoted} || code=$?\necho "$code" >> "$CALLS"`);
  expect(calls[0]).toBe('--config-file /etc/glance/glance-api.conf upgrade check');
  return Number(calls[1]);
};
const table = '+--------+\n| Upgrade Check Results |\n+--------+';

describe('the check of a release to come', () => {
  it.each<[string, string, number, number]>([
    ['passes with nothing against it', table, 0, 0],
    ['passes with a warning', table, 1, 0],
    ['refuses with a failure', table, 2, 2],
    ['refuses what was not expected', 'Traceback', 255, 255],
    ['refuses when it broke down before it asked anything', 'there are no keys', 1, 255],
    ['refuses when there is no such program', '', 127, 127],
  ])('%s', (_, prints, code, ends) => {
    expect(endsWith(prints, code)).toBe(ends);
  });
});
