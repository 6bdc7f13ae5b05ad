import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

/** Twice the cost of those of 20 servers, and room for faults that meet: fewer of them. */
describe('seeds 17 to 26, of 50 servers', () => seedsHold(17, 26, 50));
