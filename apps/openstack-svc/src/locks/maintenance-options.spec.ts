import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './maintenance-options.js';

describe('what operators set about maintenance', () => {
  it('has the defaults of the reference', () => {
    expect(parseOptions('')).toEqual({
      atOnce: { controller: 1, gateway: 1, compute: 30 },
      respectZones: true,
      migrateAtOnce: 1,
      skipInstanceCheck: false,
      skipVolumeCheck: false,
      notReadySeconds: 120,
    });
  });

  it('is read from its section alone, and what is no value is passed over', () => {
    const options = parseOptions(`
[osctl]
node_not_ready_flapping_timeout = 300
nwl_parallel_max_compute = 7
[maintenance]
# respect_nova_az = True
respect_nova_az = False
instance_migrate_concurrency: 4
nwl_parallel_max_gateway = none
ndr_skip_volume_check = true
`);
    expect(options).toMatchObject({
      respectZones: false,
      migrateAtOnce: 4,
      skipVolumeCheck: true,
      notReadySeconds: 300,
    });
    expect(options.atOnce).toEqual({ controller: 1, gateway: 1, compute: 30 });
  });
});
