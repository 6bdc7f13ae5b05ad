import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { aSpec, renderedService } from '../../cloud/cloud.fixtures.js';
import { aShell } from '../../render/shell.fixtures.js';

/** The CronJob's command, by a real shell. */
const shell = aShell();
const command = (): string => {
  const found = renderedService('image', aSpec())
    .stages.flatMap(({ objects }) => objects)
    .find(({ kind }) => kind === 'CronJob');
  const words = /"command":\["sh","-ec",("(?:[^"\\]|\\.)*")\]/u.exec(JSON.stringify(found))?.[1] ?? '""';
  return String(JSON.parse(words)).replaceAll('/tmp/purged', shell.path('purged'));
};
const purge = (body: string): readonly string[] => {
  shell.program('glance-manage', `echo "$*" >> "$CALLS"\n${body}`);
  return shell.run(`set -e\n${command()}`);
};

describe('rows of images that are gone', () => {
  it('are removed in batches until there are none', () => {
    writeFileSync(shell.path('left'), '2');
    const calls = purge(
      `left=$(cat ${shell.path('left')}); echo "Deleted $left row(s) from table image_tags" >&2; echo $((left - 1)) > ${shell.path('left')}`,
    );
    expect(calls).toEqual(
      Array.from(
        { length: 3 },
        () => '--config-file /etc/glance/glance-api.conf db purge --age_in_days 30 --max_rows 1000',
      ),
    );
  });

  it('are told of when they cannot be removed', () =>
    expect(() => purge('echo "Purge command failed" >&2; exit 1')).toThrow('Purge command failed'));
});
