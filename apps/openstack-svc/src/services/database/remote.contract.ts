import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { backupFetch, backupSync } from './backup-scripts.js';

/** As much of rclone as the scripts use, for where there is none: directories on this machine, and 3 for what is not there. */
const standIn = `#!/bin/sh
shift 2
case "$1" in
copy) shift; [ "$1" != --exclude ] || shift 2; from="\${1#away:}"; [ -d "$from" ] || exit 3
  mkdir -p "\${2#away:}"; cp -r "$from/." "\${2#away:}"; find "\${2#away:}" -depth -mindepth 2 -name '*.partial' -exec rm -r {} + ;;
lsf) [ -d "\${3#away:}" ] || exit 3; cd "\${3#away:}"; for one in *; do [ ! -d "$one" ] || echo "$one/"; done ;;
purge) [ -d "\${2#away:}" ] || exit 3; rm -r "\${2#away:}" ;;
esac
`;

describe('copies of backups elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remote-'));
  const [backup, remote] = [join(folder, 'backup'), join(folder, 'remote')];
  const hasRclone = spawnSync('rclone', ['version']).status === 0;
  afterAll(() => rmSync(folder, { recursive: true }));

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  beforeEach(() => {
    rmSync(folder, { recursive: true });
    put('etc/rclone.conf', '[away]\ntype = local\n');
    put('etc/remote.env', `REMOTE='away:${remote}'\n`);
    put('etc/backup.env', 'BACKUPS_TO_KEEP=2\n');
    if (hasRclone) return;
    put('bin/rclone', standIn);
    chmodSync(join(folder, 'bin/rclone'), 0o755);
  });

  function run(script: string, backupName = ''): number | null {
    put('etc/restore.env', `BACKUP_NAME=${backupName}\n`);
    const here = script
      .replaceAll(/\/etc\/mysql-(backup|restore)/gu, join(folder, 'etc'))
      .replaceAll(/(["\s])\/backup/gu, `$1${backup}`);
    put('script.sh', here);
    return spawnSync('sh', [join(folder, 'script.sh')], {
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
    }).status;
  }

  const away = (): string[] => (existsSync(join(remote, 'base')) ? readdirSync(join(remote, 'base')).sort() : []);

  test('are whole backups, as many as are kept; a volume that is lost takes none with it', () => {
    for (const name of ['1', '2']) put(`backup/base/${name}/backup.mbstream`, name);
    put('backup/incr/1/1b/backup.mbstream', '1b');
    put('backup/base/3.partial/backup.mbstream', 'half');
    expect(run(backupSync)).toBe(0);
    expect([away(), readdirSync(join(remote, 'incr/1'))]).toEqual([['1', '2'], ['1b']]);
    rmSync(backup, { recursive: true });
    put('backup/base/4/backup.mbstream', '4');
    expect(run(backupSync)).toBe(0);
    expect([away(), readdirSync(join(remote, 'incr'))]).toEqual([['2', '4'], []]);
  });

  test('come back for a restore: what is missing, and no half of it', () => {
    put('remote/base/1/backup.mbstream', '1');
    put('remote/incr/1/1b/backup.mbstream', '1b');
    put('remote/base/2/backup.mbstream', '2');
    put('backup/base/1.partial/backup.mbstream', 'half of a run that was cut short');
    expect(run(backupFetch, '1/1b')).toBe(0);
    expect(readdirSync(join(backup, 'base'))).toEqual(['1']);
    expect(readFileSync(join(backup, 'base/1/backup.mbstream'), 'utf8')).toBe('1');
    expect(readFileSync(join(backup, 'incr/1/1b/backup.mbstream'), 'utf8')).toBe('1b');
    put('backup/base/1/backup.mbstream', 'as it is here');
    expect(run(backupFetch, '1')).toBe(0);
    expect(readFileSync(join(backup, 'base/1/backup.mbstream'), 'utf8')).toBe('as it is here');
  });

  test('without increments are whole too, and what is nowhere is for the check to tell', () => {
    put('remote/base/2/backup.mbstream', '2');
    expect(run(backupFetch, '2')).toBe(0);
    expect(readFileSync(join(backup, 'base/2/backup.mbstream'), 'utf8')).toBe('2');
    expect(run(backupFetch, '9')).toBe(0);
    expect(existsSync(join(backup, 'base/9'))).toBe(false);
  });
});
