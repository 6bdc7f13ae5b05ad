import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

/** Twice the cost of those of 20 servers, and room for faults that meet: fewer of them. */
describe('seeds 25 to 40, of 50 servers', () => seedsHold(25, 40, 50));
