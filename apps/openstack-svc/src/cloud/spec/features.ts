import { z } from 'zod';
import { Horizon, Ssl } from './access.js';
import { Ironic, Nova } from './compute.js';
import { enabled, off, raw } from './fields.js';
import { Keystone } from './identity.js';
import { Cinder, Glance, Manila } from './images-and-volumes.js';
import { Database, Messaging } from './infrastructure.js';
import { Designate, Neutron, Octavia } from './networking.js';
import { Logging, Telemetry } from './watching.js';

/** `spec.features`: a member is kept as it is where it has no default. */
export const Features = z.looseObject({
  services: z.array(z.string()).default([]),
  network_policies: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
  policies: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  glance: Glance.prefault({}),
  database: Database.prefault({}),
  designate: Designate.prefault({}),
  ssl: Ssl.prefault({}),
  barbican: z.looseObject({ backends: raw.default({}) }).prefault({}),
  nova: Nova.prefault({}),
  horizon: Horizon.prefault({}),
  keystone: Keystone.prefault({}),
  neutron: Neutron.prefault({}),
  messaging: Messaging.prefault({}),
  ironic: Ironic.prefault({}),
  octavia: Octavia.prefault({}),
  cinder: Cinder.prefault({}),
  manila: Manila.prefault({}),
  masakari: raw.default({}),
  stacklight: enabled.prefault(off),
  telemetry: Telemetry.prefault({}),
  logging: Logging.prefault({}),
  cloudprober: z
    .looseObject({ discovery: z.looseObject({ interval: z.number().default(600) }).prefault({}) })
    .prefault({}),
});
