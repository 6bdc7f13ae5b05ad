import type { KubeApi } from '@keelson/kube';
import { type Engine, memoryLog, type ObjectLog, openEngine } from '@keelson/kube-server';
import { type Clock, seededRandom, silentLog, systemClock } from '@keelson/std';
import { engineKubeApi } from './engine-kube-api.js';

export interface KubeWorldOptions {
  /** CustomResourceDefinitions to serve. */
  readonly definitions?: readonly unknown[];
  readonly profile?: 'management' | 'child';
  /** A new one in memory when absent. */
  readonly log?: ObjectLog;
  /** The machine's own when absent. */
  readonly clock?: Clock;
}

/** An embedded API for tests, and ways to it. */
export interface KubeWorld {
  readonly engine: Engine;
  /** The administrator's. */
  readonly api: KubeApi;
  /** As a user who is in no group but that of all who are known. */
  as(user: string): KubeApi;
  close(): Promise<void>;
}

/** Straight into the engine. */
export async function kubeInProcess(options: KubeWorldOptions = {}): Promise<KubeWorld> {
  const engine = await engineFor(options);
  return {
    engine,
    api: engineKubeApi(engine),
    as: (user) => engineKubeApi(engine, { name: user, groups: ['system:authenticated'] }),
    close: () => engine.close(),
  };
}

/** The engine of a throwaway world. */
export function engineFor({
  definitions = [],
  profile = 'management',
  log = memoryLog(),
  clock = systemClock,
}: KubeWorldOptions): Promise<Engine> {
  return openEngine({ log, profile, clock, random: seededRandom('kube-world'), logger: silentLog, definitions });
}
