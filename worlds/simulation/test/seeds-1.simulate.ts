import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

describe('seeds 1 to 50', () => seedsHold(1, 50));
