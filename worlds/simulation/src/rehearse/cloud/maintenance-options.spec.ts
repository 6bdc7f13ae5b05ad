import { describe, expect, it } from '@jest/globals';
import type { ConfigMap } from '@keelson/api';
import { readMaintenanceOptions } from './maintenance-options.js';

const read = (data: ConfigMap['data']) =>
  readMaintenanceOptions({ get: async () => ({ metadata: { name: 'any' }, data }) as never });

describe('what is read of the options of openstack-svc for a rehearsal', () => {
  it('is how nodes are emptied, and nothing else of the file', async () => {
    const file = '[osctl]\npassword = do-not-tell\n[maintenance]\nnwl_parallel_max_compute = 2\n';
    expect(await read({ note: 'do-not-tell', 'extra_conf.ini': file })).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'osh-system', name: 'rockoon-config' },
        data: { 'extra_conf.ini': '[maintenance]\nnwl_parallel_max_compute = 2' },
      },
    ]);
  });

  it('is nothing where operators have set nothing', async () => {
    expect(await read({})).toEqual([]);
  });
});
