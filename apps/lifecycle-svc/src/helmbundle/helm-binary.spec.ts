import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@keelson/std';
import { argumentsOf, helmCharts } from './helm-binary.js';

const request = { release: 'web', namespace: 'demo', chart: 'web', values: { replicas: 3 } };

/** A program in the place of helm that does what the script says. */
function standIn(script: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'keelson-stand-in-')), 'helm');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return file;
}
const render = (binary: string) => helmCharts(systemClock, { binary }).render(request);

describe('charts by the helm program', () => {
  it('are asked for in words that no spec can turn into flags', () => {
    expect(
      argumentsOf({ ...request, repository: 'https://charts.test', version: '1.2.3', kubernetesVersion: 'v1.31.9' }),
    ).toEqual([
      'template',
      '--namespace=demo',
      '--include-crds',
      '--no-hooks',
      '--values=-',
      '--version=1.2.3',
      '--repo=https://charts.test',
      '--kube-version=v1.31.9',
      '--',
      'web',
      'web',
    ]);
    expect(argumentsOf({ ...request, repository: 'oci://charts.test/all/' }).at(-1)).toBe('oci://charts.test/all/web');
  });

  it('are what it prints; it hears the values and knows of no cluster', async () => {
    const text = await render(standIn('cat; echo; echo "$1 $HELM_CACHE_HOME $KUBECONFIG"'));
    expect(text).toMatch(/^\{"replicas":3\}\ntemplate \/.*\/cache \/.*\/no-cluster\n$/);
  });

  it.each([
    ['transient', 'ChartUnreachable', 'echo "Error: dial tcp: lookup charts.test: no such host" >&2; exit 1'],
    ['terminal', 'ChartRefused', 'echo "Error: a value is missing" >&2; echo "Use --debug" >&2; exit 1'],
  ])('that fail are %s with reason %s', async (sort, reason, script) => {
    await expect(render(standIn(script))).rejects.toMatchObject({
      sort,
      reason,
      message: expect.stringContaining('Error:'),
    });
  });

  it('that nothing can render say what to install', async () => {
    await expect(render('/nowhere/helm')).rejects.toMatchObject({
      sort: 'terminal',
      reason: 'HelmMissing',
      message: expect.stringContaining('KEELSON_HELM_BINARY'),
    });
  });
});
