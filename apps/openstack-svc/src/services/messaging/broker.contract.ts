import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { brokerStart } from './config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-broker-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = 'rabbit@r-1.d';
const unreachable = { exit: 69, says: 'Error: unable to perform an operation on node' };
const unknown = { exit: 70, says: 'Error:\n{:not_a_cluster_node, "The node selected is not in the cluster."}' };
const forgets = { exit: 0, says: 'Removing node rabbit@r-1.d from the cluster' };
const stillSeen = { exit: 70, says: 'Error: RabbitMQ on node rabbit@r-1.d must be stopped' };
type Answer = typeof forgets;

/** Who was asked to forget the member, and whether it began; `first` and `second` are what the others answer. */
function begun(first: Answer, second: Answer): readonly string[] {
  const calls = join(folder, 'calls');
  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const answer = ({ exit, says }: Answer): string => `echo '${says}'; exit ${exit}`;
  program('install', '');
  program('chown', '');
  program('hostname', 'echo r-1');
  program('setpriv', 'shift 3; exec "$@"');
  program('rabbitmq-server', `echo began >> ${calls}`);
  program(
    'rabbitmqctl',
    `echo "$2 $5 $6" >> ${calls}; case "$2" in rabbit@r-0.d) ${answer(first)} ;; *) ${answer(second)} ;; esac`,
  );
  writeFileSync(join(folder, 'start.sh'), brokerStart);
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    FOLDER: folder,
    DISCOVERY: 'd',
    MEMBERS: `rabbit@r-0.d ${own} rabbit@r-2.d`,
  };
  spawnSync('sh', [join(folder, 'start.sh')], { env });
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
}
const asked = (n: number): string => `rabbit@r-${n}.d forget_cluster_node ${own}`;

describe('a member of RabbitMQ', () => {
  it('goes on with the data it has', () => {
    mkdirSync(join(folder, 'mnesia', own), { recursive: true });
    expect(begun(forgets, forgets)).toEqual(['began']);
  });

  it('without data is forgotten by the first that answers, and joins anew', () => {
    expect(begun(forgets, forgets)).toEqual([asked(0), 'began']);
    rmSync(join(folder, 'calls'));
    expect(begun(unreachable, forgets)).toEqual([asked(0), asked(2), 'began']);
  });

  it('without data begins where nobody knows it or nobody answers', () => {
    expect(begun(unknown, forgets)).toEqual([asked(0), 'began']);
    rmSync(join(folder, 'calls'));
    expect(begun(unreachable, unreachable)).toEqual([asked(0), asked(2), 'began']);
  });

  it('without data does not begin while it is still counted as a member: it would be a second cluster', () =>
    expect(begun(stillSeen, forgets)).toEqual([asked(0)]));
});
