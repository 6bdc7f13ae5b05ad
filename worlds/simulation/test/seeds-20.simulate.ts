import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

/** As many as fit two minutes of two cores; `./keelson simulate --seeds 1000` runs a night's worth. */
describe('seeds 1 to 16, of 20 servers', () => seedsHold(1, 16, 20));
