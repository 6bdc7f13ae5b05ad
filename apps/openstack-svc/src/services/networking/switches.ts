import { isRecord, type JsonRecord } from '../../render/json.js';
import type { Cloud } from '../../cloud/cloud.js';
import { resolveText } from '../../cloud/cloud.js';
import type { Ini, IniSection } from '../../render/ini.js';
import { secretKeyOf } from '@keelson/api';

type Switch = Cloud['spec']['features']['neutron']['baremetal']['ngs']['devices'][number];

/**
 * Sections of networking-generic-switch, which puts ports of bare metal machines into their networks: one for each switch, with
 * the options of its kind and its own. https://docs.openstack.org/networking-generic-switch/latest/configuration.html
 */
export function switchSections(cloud: Cloud): Ini {
  const { devices, hardware } = cloud.spec.features.neutron.baremetal.ngs;
  return Object.fromEntries(
    devices.map((device) => [`genericswitch:${device.name}`, sectionOf(cloud, device, hardware)]),
  );
}

/** True when there are switches to be driven. */
export function drivesSwitches({ spec }: Cloud): boolean {
  return spec.features.neutron.baremetal.ngs.devices.length > 0;
}

function sectionOf(cloud: Cloud, device: Switch, kinds: Readonly<Record<string, JsonRecord>>): IniSection {
  const { name: _, hardware, ...own } = device;
  const options = { ...(hardware === undefined ? {} : kinds[hardware]), ...own };
  return Object.fromEntries(
    Object.entries(options).flatMap(([option, value]) => {
      const text = textOf(cloud, value);
      return text === undefined ? [] : [[option, text] as const];
    }),
  );
}

/** Secrets may be named where text is taken. */
function textOf(cloud: Cloud, value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  const reference = isRecord(value) ? secretKeyOf(value) : undefined;
  return reference === undefined ? undefined : resolveText(cloud, { value_from: { secret_key_ref: reference } });
}
