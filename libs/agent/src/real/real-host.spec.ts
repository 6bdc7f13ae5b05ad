import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@keelson/std';
import { realHost } from './real-host.js';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'keelson-run-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the real host', () => {
  it('tells that its system asks for a restart, for which packages, and calls when that changes', async () => {
    const host = realHost({ clock: systemClock, runFolder: folder });
    const before = host.info().details;
    expect(before).toMatchObject({ rebootRequired: false, bootID: expect.stringMatching(/^[0-9a-f-]{36}$/u) });
    expect(before).not.toHaveProperty('rebootPackages');
    const told = new Promise<void>((resolve) => {
      const end = host.onChange?.(() => {
        end?.();
        resolve();
      });
    });
    await writeFile(join(folder, 'reboot-required.pkgs'), 'linux-base\nlibc6\nlinux-base\n');
    await writeFile(join(folder, 'reboot-required'), '*** System restart required ***\n');
    await told;
    expect(host.info().details).toEqual({
      ...before,
      rebootRequired: true,
      rebootPackages: ['libc6', 'linux-base'],
    });
  });

  it('works where the system has no such folder', () => {
    const host = realHost({ clock: systemClock, runFolder: join(folder, 'none') });
    host.onChange?.(() => undefined)();
    expect(host.info().details).toMatchObject({ rebootRequired: false });
  });
});
