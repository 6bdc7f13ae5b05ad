import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

describe('seeds 151 to 200', () => seedsHold(151, 200));
