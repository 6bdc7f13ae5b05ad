import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findSettings, mergeSettings } from './settings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-tempest-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

interface Answers {
  readonly images?: readonly object[];
  readonly least?: object;
  readonly flavors?: readonly object[];
  readonly networks?: readonly object[];
}

/** The scripts as the Job runs them, with a client that answers so and a tempest.conf of these lines. */
function configured(
  { images = [], least = {}, flavors = [], networks = [] }: Answers,
  conf: string,
): { readonly conf: string; readonly said: string } {
  for (const [name, answer] of Object.entries({ images, least, flavors, networks }))
    writeFileSync(at(name), JSON.stringify(answer));
  const client = `#!/bin/sh
case "$*" in
  "image list --public --status active --long -f json") cat ${at('images')} ;;
  "image show "*" -f json") cat ${at('least')} ;;
  "flavor list -f json") cat ${at('flavors')} ;;
  "network list --external -f json") cat ${at('networks')} ;;
  *) exit 1 ;;
esac
`;
  writeFileSync(at('openstack'), client);
  chmodSync(at('openstack'), 0o755);
  writeFileSync(at('find.py'), findSettings);
  writeFileSync(at('merge.py'), mergeSettings);
  writeFileSync(at('tempest.conf'), conf);
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  const found = spawnSync('python3', [at('find.py'), at('found.json')], { env, encoding: 'utf8' });
  const merged = spawnSync('python3', [at('merge.py'), at('found.json'), at('tempest.conf')], { env });
  expect([found.status, merged.status]).toEqual([0, 0]);
  return { conf: readFileSync(at('tempest.conf'), 'utf8'), said: found.stderr };
}

const flavors = [
  { ID: 'large', RAM: 4096, Disk: 40 },
  { ID: 'tiny', RAM: 128, Disk: 1 },
  { ID: 'small', RAM: 512, Disk: 5 },
  { ID: 'diskless', RAM: 512, Disk: 0 },
];

describe('what of the cloud tests use', () => {
  it('is the smallest image, flavors that it fits in, and an external network', () => {
    const { conf } = configured(
      {
        images: [
          { ID: 'ubuntu', Size: 600 },
          { ID: 'cirros', Size: 20 },
        ],
        least: { min_ram: 256, min_disk: 2 },
        flavors,
        networks: [{ ID: 'net-1', Name: 'public' }],
      },
      '[auth]\nadmin_password = 50%off\n',
    );
    const wanted = [
      'admin_password = 50%off',
      'image_ref = cirros',
      'image_ref_alt = ubuntu',
      'flavor_ref = diskless',
      'flavor_ref_alt = small',
      'public_network_id = net-1',
    ];
    for (const line of wanted) expect(conf.split('\n')).toContain(line);
  });

  it('is left as the operator set it', () => {
    const { conf } = configured(
      { images: [{ ID: 'cirros', Size: 20 }], flavors, networks: [{ ID: 'net-1', Name: 'public' }] },
      '[compute]\nimage_ref = mine\n\n[network]\npublic_network_id = theirs\n',
    );
    expect(conf).toContain('image_ref = mine\n');
    expect(conf).toContain('public_network_id = theirs\n');
    expect(conf).toContain('flavor_ref = tiny\n');
  });

  it('is said to be missing where there is nothing', () => {
    const { conf, said } = configured({}, '[compute]\nmin_compute_nodes = 1\n');
    expect(conf).not.toContain('image_ref');
    expect(conf).not.toContain('public_network_id');
    expect(said).toContain('no public image is there');
    expect(said).toContain('no public flavor is there');
  });
});
