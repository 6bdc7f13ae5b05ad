import { describe, expect, it } from '@jest/globals';
import { idleOptions, readySecondsIn } from './rockoon-config.js';

const ini = `
[DEFAULT]
# wait_application_ready_timeout = 1
[osctl]
wait_application_ready_timeout = 3600
wait_application_ready_delay = 5
[helmbundle]
manifest_enable_timeout: 900
[maintenance]
respect_nova_az = False
`;

describe('what operators set of the controller', () => {
  it('says how long workloads may take to get ready', () => {
    expect([
      readySecondsIn(ini),
      readySecondsIn(''),
      readySecondsIn('[osctl]\nwait_application_ready_timeout = soon'),
    ]).toEqual([3600, 1200, 1200]);
  });

  it('is told by name where it changes nothing', () => {
    expect(idleOptions(`${ini}[osctl]\nkopf = 1`)).toEqual([
      'The option wait_application_ready_delay of the section osctl in osh-system/rockoon-config has no effect: workloads are watched.',
      'The option manifest_enable_timeout of the section helmbundle in osh-system/rockoon-config has no effect: services are applied without Helm.',
      'The option kopf of the section osctl in osh-system/rockoon-config has no effect: there is none of this name.',
    ]);
    expect(idleOptions('')).toEqual([]);
  });
});
