import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ObjectKey } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { seededRandom, transient, VirtualClock } from '@keelson/std';
import { layoutHere } from '../layout.js';
import { keepTokens, lackingTokens, tokenFileOf } from './tokens.js';

describe('tokens of services on an API that others run', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'keelson-tokens-'));
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('are asked for at once, follow each other, and outlast an API that is away', async () => {
    const layout = layoutHere({ KEELSON_HOME: home });
    const clock = new VirtualClock();
    const ending = new AbortController();
    const told: string[] = [];
    const asked: string[] = [];
    let isAway = true;
    const createToken: KubeApi['createToken'] = ({ namespace, name }: ObjectKey, { expirationSeconds }) => {
      if (isAway) return Promise.reject(transient('no answer', { reason: 'Unreachable' }));
      asked.push(`${namespace}/${name} ${expirationSeconds}`);
      return Promise.resolve({ token: `token-${asked.length}`, expirationTimestamp: '' });
    };
    const services = ['a-svc', 'b-svc'];
    const kept = keepTokens({
      layout,
      services,
      api: { createToken },
      clock,
      random: seededRandom('tokens'),
      tell: (line) => told.push(line),
      signal: ending.signal,
    });
    await clock.advance(1);
    const without = lackingTokens(layout, services, statSync(home).mtimeMs);
    isAway = false;
    await clock.advance(5_000);
    const first = readFileSync(tokenFileOf(layout, 'b-svc'), 'utf8');
    const lacking = lackingTokens(layout, services, statSync(home).mtimeMs);
    isAway = true;
    await clock.advance(1_200_000);
    const meanwhile = readFileSync(tokenFileOf(layout, 'b-svc'), 'utf8');
    isAway = false;
    await clock.advance(5_000);
    ending.abort(new Error('over'));
    await kept;
    expect({ without, first, lacking, meanwhile, asked, told: told.length }).toEqual({
      without: 'no token yet for a-svc, b-svc',
      first: 'token-2',
      lacking: undefined,
      meanwhile: 'token-2',
      asked: [
        'keelson-system/a-svc 3600',
        'keelson-system/b-svc 3600',
        'keelson-system/a-svc 3600',
        'keelson-system/b-svc 3600',
      ],
      told: 6,
    });
    expect(readFileSync(tokenFileOf(layout, 'b-svc'), 'utf8')).toBe('token-4');
    expect(statSync(tokenFileOf(layout, 'b-svc')).mode & 0o777).toBe(0o600);
  });

  it('that are past their time are missed', async () => {
    const layout = layoutHere({ KEELSON_HOME: home });
    const clock = new VirtualClock();
    const ending = new AbortController();
    const createToken: KubeApi['createToken'] = () => Promise.resolve({ token: 't', expirationTimestamp: '' });
    const kept = keepTokens({
      layout,
      services: ['a-svc'],
      api: { createToken },
      clock,
      random: seededRandom('tokens'),
      tell: () => undefined,
      signal: ending.signal,
    });
    await clock.advance(1);
    ending.abort(new Error('over'));
    await kept;
    const { mtimeMs } = statSync(tokenFileOf(layout, 'a-svc'));
    utimesSync(tokenFileOf(layout, 'a-svc'), mtimeMs / 1000 - 3601, mtimeMs / 1000 - 3601);
    expect(lackingTokens(layout, ['a-svc'], mtimeMs)).toBe('no token yet for a-svc');
  });
});
