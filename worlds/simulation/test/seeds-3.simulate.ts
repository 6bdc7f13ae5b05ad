import { describe } from '@jest/globals';
import { seedsHold } from './seeds.js';

describe('seeds 101 to 150', () => seedsHold(101, 150));
