import { configuration, rotation } from './changes.js';
import { drain } from './drain.js';
import { identity, infrastructure } from './foundation.js';
import { image } from './image.js';
import { network, server } from './server.js';
import type { Step } from './step.js';
import { upgrade } from './upgrade.js';
import { blockStorage, volume } from './volume.js';
import { zone } from './zone.js';

/** The lane, in order: what costs little comes first. */
export const steps: readonly Step[] = [
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
