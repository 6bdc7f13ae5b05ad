import { configuration, rotation } from './changes.js';
import { drain } from './drain.js';
import { identity, infrastructure } from './foundation.js';
import { image } from './image.js';
import { network, server } from './server.js';
import { chosen, type Step } from './step.js';
import { upgrade } from './upgrade.js';
import { blockStorage, volume } from './volume.js';
import { zone } from './zone.js';

/** The lane, in order: what costs little comes first. */
const all: readonly Step[] = [
  infrastructure,
  identity,
  image,
  network,
  server,
  blockStorage,
  volume,
  zone,
  configuration,
  rotation,
  drain,
  upgrade,
];

/** All, or those that an environment asks for, with what they need. */
export const stepsOf = (environment: Readonly<Record<string, string | undefined>>): readonly Step[] =>
  chosen(all, environment['KEELSON_REAL_OPENSTACK_STEPS']);
