import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { type ServedEngine, servedEngine } from '../../../libs/kube-server/src/http/served.fixtures.js';
import { access } from './checks/access.js';
import { basics } from './checks/basics.js';
import type { Check } from './checks/check.js';
import { custom } from './checks/custom.js';
import { widgets } from './checks/objects.js';
import { reading } from './checks/reading.js';
import { workloads } from './checks/workloads.js';
import { writing } from './checks/writing.js';
import { type Lacking, type LackingProxy, lackingProxy } from './lacking.fixtures.js';
import { findKubectl, type Kubectl, kubectl } from './kubectl.fixtures.js';

const sections = { basics, reading, writing, access, custom };

interface Run {
  /** Which parts of the list. */
  readonly sections: readonly (keyof typeof sections)[];
  /** Added to the environment of kubectl. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the server is made to lack. */
  readonly lacks?: Lacking;
}

export const everything = ['basics', 'reading', 'writing', 'access', 'custom'] as const;

/** Tries a server of the management profile with the kubectl of one version; skipped, by name, where the machine lacks it. */
export function tryKubectl(version: string, title: string, run: Run): void {
  describe(`kubectl ${version}, ${title}`, () => {
    const [found] = findKubectl([version]);
    const path = found?.path;
    if (path === undefined) {
      it.skip('is not on this machine', () => undefined);
      return;
    }
    let server: ServedEngine;
    let k: Kubectl;
    let proxy: LackingProxy | undefined;
    beforeAll(async () => {
      server = await servedEngine({ definitions: [...ownDefinitions(), widgets] });
      proxy = run.lacks === undefined ? undefined : await lackingProxy(server, run.lacks);
      const { kubeconfig } = proxy ?? server;
      k = kubectl(path, { ...server, kubeconfig }, 'work', run.environment);
      await k('create namespace work');
    });
    afterAll(async () => {
      await proxy?.close();
      await server.close();
    });
    describe.each(run.sections)('%s', (section) => {
      it.each(fitting(version, sections[section]))('$name', ({ run: check }) => check(k));
    });
    it('needed no media type that the server does not know', () => {
      // The strategic patch of a custom resource is refused rightly.
      expect(server.refusedMediaTypes()).toBe(run.sections.includes('writing') ? 1 : 0);
    });
  });
}

/** Tries a server of the child profile, where workloads are data. */
export function tryWorkloads(version: string): void {
  describe(`kubectl ${version} and the child profile`, () => {
    const [found] = findKubectl([version]);
    const path = found?.path;
    if (path === undefined) {
      it.skip('is not on this machine', () => undefined);
      return;
    }
    let server: ServedEngine;
    let k: Kubectl;
    beforeAll(async () => {
      server = await servedEngine({ profile: 'child' });
      k = kubectl(path, server, 'work');
      await k('create namespace work');
    });
    afterAll(() => server.close());
    it.each(workloads)('$name', ({ run: check }) => check(k));
  });
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
