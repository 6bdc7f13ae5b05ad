import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from '@keelson/std';
import type { Component } from './component.js';
import { layoutHere } from '../layout.js';
import { isAlive } from './processes.js';
import { readState, Supervisor } from './supervisor.js';

describe('the supervisor', () => {
  const home = mkdtempSync(join(tmpdir(), 'keelson-supervisor-'));
  const layout = layoutHere({ KEELSON_HOME: home });
  const options = { processes: false, servers: 1, seed: 's', labSpeed: 1 };
  let supervisor: Supervisor | undefined;

  afterEach(async () => {
    await supervisor?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const part = (name: string, after: readonly string[], probe: Component['probe']): Component => ({
    name,
    title: name,
    after,
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
    env: {},
    stopSignal: 'SIGTERM',
    stopGraceMs: 2_000,
    probe,
  });

  it('starts parts together, those that come after others when these are ready, and restarts what dies', async () => {
    const told: string[] = [];
    const ready = (name: string) => async (): Promise<string | undefined> => {
      told.push(name);
      return undefined;
    };
    let isSlowReady = false;
    const slow = part('slow', [], async () => (isSlowReady ? ready('slow')() : 'not yet'));
    supervisor = new Supervisor(layout, options, [
      slow,
      part('quick', [], ready('quick')),
      part('last', ['slow', 'quick'], ready('last')),
    ]);
    const started = supervisor.start();
    await until(() => told.includes('quick'));
    isSlowReady = true;
    await started;
    expect(told.slice(0, 3)).toEqual(['quick', 'slow', 'last']);

    const victim = readState(layout)?.components[1]?.process;
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await until(
      () => readState(layout)?.components[1]?.restarts === 1 && readState(layout)?.components[1]?.state === 'ready',
    );
    const pids = readState(layout)?.components.map(({ process: identity }) => identity) ?? [];
    await supervisor.stop();
    expect(pids.map((identity) => identity !== undefined && isAlive(identity))).toEqual([false, false, false]);
  });

  it('puts one in the place of another when it is told to, and keeps that running', async () => {
    const told: string[] = [];
    const of = (version: string): Component => ({
      ...part('one', [], async () => void told.push(`serves ${version}`)),
      version,
      probeBeside: async () => void told.push(`stands by ${version}`),
    });
    supervisor = new Supervisor(layout, options, [of('1'), part('other', [], async () => undefined)]);
    await supervisor.start();
    const old = readState(layout)?.components[0]?.process;
    const beside = supervisor.startBeside(of('2'));
    await until(() => beside.missing() === undefined);
    const during = readState(layout)?.components.map(({ name }) => name);
    told.length = 0;
    await beside.replace(of('2'));
    const after = readState(layout)?.components ?? [];
    process.kill(after[0]?.process?.pid ?? 0, 'SIGKILL');
    await until(
      () => readState(layout)?.components[0]?.restarts === 1 && readState(layout)?.components[0]?.state === 'ready',
    );
    expect({
      during,
      after: after.map(({ name, version }) => `${name} ${version ?? ''}`),
      isOldAlive: old !== undefined && isAlive(old),
      told: [...new Set(told)],
    }).toEqual({
      during: ['one', 'other', 'one@2'],
      after: ['one 2', 'other '],
      isOldAlive: false,
      told: ['serves 2'],
    });
  });

  async function until(predicate: () => boolean): Promise<void> {
    for (let tries = 0; !predicate(); tries++) {
      if (tries > 400) throw new Error('it did not come to pass');
      await sleep(systemClock, 20);
    }
  }
});
