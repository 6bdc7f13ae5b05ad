import { identity, infrastructure } from './foundation.js';
import { image } from './image.js';
import { network, server } from './server.js';
import type { Step } from './step.js';

/** The lane, in order: what costs little comes first. */
export const steps: readonly Step[] = [infrastructure, identity, image, network, server];
