import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { type ServedEngine, servedEngine } from '../../../libs/kube-server/src/http/served.fixtures.js';
import { access } from './checks/access.js';
import { basics } from './checks/basics.js';
import type { Check } from './checks/check.js';
import { custom } from './checks/custom.js';
import { management } from './checks/management.js';
import { namespace, widgets } from './checks/objects.js';
import { reading } from './checks/reading.js';
import { workloads } from './checks/workloads.js';
import { writing } from './checks/writing.js';
import { type Lacking, type LackingProxy, lackingProxy } from './lacking.fixtures.js';
import { findKubectl, type Kubectl, kubectl } from './kubectl.fixtures.js';

const sections = { basics, reading, writing, access, custom, management, workloads };

interface Run {
  /** Which parts of the list. */
  readonly sections: readonly (keyof typeof sections)[];
  /** `management` when absent; `child` also serves workloads, as data. */
  readonly profile?: 'management' | 'child';
  /** Added to the environment of kubectl. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the server is made to lack. */
  readonly lacks?: Lacking;
}

/** What every profile is tried with. */
export const everything = ['basics', 'reading', 'writing', 'access', 'custom'] as const;

/** Only for a list that hangs: a machine may be busy. */
const patienceMs = 900_000;

/** How many checks are under way at a time: most of them wait for something now and then. */
const atOnce = 4;

/**
 * Tries a server with the kubectl of one version; skipped, by name, where the machine lacks it. The checks have nothing to
 * do with each other.
 */
export function tryKubectl(version: string, title: string, run: Run): void {
  describe(`kubectl ${version}, ${title}`, () => {
    const [found] = findKubectl([version]);
    const path = found?.path;
    if (path === undefined) {
      it.skip('is not on this machine', () => undefined);
      return;
    }
    const checks = run.sections.map((section) => ({ section, checks: fitting(version, sections[section]) }));
    let server: ServedEngine;
    let proxy: LackingProxy | undefined;
    let outcomes: ReadonlyMap<Check, Promise<void>>;
    beforeAll(async () => {
      server = await servedEngine(
        { profile: run.profile ?? 'management', definitions: [...ownDefinitions(), widgets] },
        { podLog: () => 'first\nsecond\n' },
      );
      proxy = run.lacks === undefined ? undefined : await lackingProxy(server, run.lacks);
      const { kubeconfig } = proxy ?? server;
      const k = kubectl(path, { ...server, kubeconfig }, namespace, run.environment);
      await k(`create namespace ${namespace}`);
      outcomes = started(
        checks.flatMap((section) => section.checks),
        k,
      );
    });
    afterAll(async () => {
      await Promise.allSettled(outcomes.values());
      await proxy?.close();
      await server.close();
    }, patienceMs);
    describe.each(checks)('$section', ({ checks: own }) => {
      it.each(own)('$name', (check) => outcomes.get(check), patienceMs);
    });
    const isPatched = run.sections.includes('writing');
    it(
      'needed no media type that the server does not know',
      async () => {
        await Promise.allSettled(outcomes.values());
        // The strategic patch of a custom resource is refused rightly.
        expect(server.refusedMediaTypes()).toBe(isPatched ? 1 : 0);
      },
      patienceMs,
    );
  });
}

/** Begins the checks in their order, a few at a time. */
function started(checks: readonly Check[], k: Kubectl): ReadonlyMap<Check, Promise<void>> {
  const outcomes = new Map<Check, Promise<void>>();
  const free: (() => void)[] = [];
  let begun = 0;
  const turn = (): Promise<void> => {
    begun += 1;
    return begun <= atOnce ? Promise.resolve() : new Promise((resolve) => free.push(resolve));
  };
  for (const check of checks) {
    const outcome = turn()
      .then(() => check.run(k))
      .finally(() => free.shift()?.());
    // Whoever awaits it hears of a failure; nobody may have begun to when it comes.
    outcome.catch(() => undefined);
    outcomes.set(check, outcome);
  }
  return outcomes;
}

function ownDefinitions(): unknown[] {
  const crds = fileURLToPath(new URL('../../../deploy/crds/', import.meta.url));
  return readdirSync(crds).map((file) => load(readFileSync(`${crds}${file}`, 'utf8')));
}

/** Commands that came later, or ask for what is gone: kubectl says so itself. */
const since: Readonly<Record<string, number>> = {
  // 1.27 asks for versions of the SelfSubjectReview that are gone since 1.33.
  'auth whoami': 28,
  'a token, and what it may do': 28,
  // 1.27 takes kinds without their group only.
  events: 28,
  'wait for creation': 31,
};

function fitting(version: string, checks: readonly Check[]): readonly Check[] {
  const minor = Number(version.split('.')[1]);
  return checks.filter(({ name }) => minor >= (since[name] ?? 0));
}
