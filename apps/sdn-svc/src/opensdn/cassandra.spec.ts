import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cassandraResources, heapOf, optionsPart, withOptions } from './cassandra.js';

describe('the heap of Cassandra', () => {
  it.each([
    ['32Gi', '8192M', '800M'],
    ['64Gi', '8192M', '800M'],
    ['16Gi', '4096M', '800M'],
    ['3Gi', '1024M', '256M'],
    ['1Gi', '512M', '128M'],
    ['4294967296', '1024M', '256M'],
    ['8G', '1907M', '476M'],
  ])('of a container with %s is %s', (memory, heap, young) => {
    expect(heapOf({ limits: { memory } })).toEqual({ MAX_HEAP_SIZE: heap, HEAP_NEWSIZE: young });
  });

  it('is left to Cassandra where no memory is given, and is of what is asked for where there is no limit', () => {
    expect([heapOf({ limits: { cpu: '4' } }), heapOf({ requests: { memory: '4Gi' } })]).toEqual([
      {},
      { MAX_HEAP_SIZE: '1024M', HEAP_NEWSIZE: '256M' },
    ]);
  });
});

it('resources are those of the spec as a whole: a request of ours may be above a limit of theirs', () => {
  const resources = { limits: { memory: '8Gi' } };
  expect(cassandraResources({ resources })).toEqual(resources);
});

describe('options of cassandra.yaml', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cassandra-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('take the place of those in the file, and then Cassandra is started', () => {
    writeFileSync(
      join(directory, 'cassandra.yaml'),
      'cluster_name: a\nnum_tokens: 16\n# file_cache_size: 512MiB\nseed_provider:\n  - class_name: x\n',
    );
    writeFileSync(join(directory, 'docker-entrypoint.sh'), '#!/bin/sh\necho "started $*"\n', { mode: 0o755 });
    const { env = {} } = optionsPart({
      configOptions: { num_tokens: 32, file_cache_size_in_mb: 1024, auto_snapshot: false, 'a:b; rm': 1, nested: {} },
    });
    const output = execFileSync('sh', ['-c', withOptions], {
      env: { ...env, CASSANDRA_CONF: directory, PATH: `${directory}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect([output, readFileSync(join(directory, 'cassandra.yaml'), 'utf8')]).toEqual([
      'started cassandra -f\n',
      'cluster_name: a\n# file_cache_size: 512MiB\nseed_provider:\n  - class_name: x\n\nnum_tokens: 32\nfile_cache_size_in_mb: 1024\nauto_snapshot: false\n',
    ]);
  });

  it('change nothing of how Cassandra is started where there are none', () => {
    expect([optionsPart(undefined), optionsPart({ configOptions: { nested: {} } })]).toEqual([{}, {}]);
  });
});
