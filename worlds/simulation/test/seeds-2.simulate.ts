import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

describe('seeds 51 to 100', () => seedsHold(51, 100));
