import { describe } from '@jest/globals';
import { updatesHold } from './seeds.js';

/** As many as fit a minute; `./keelson simulate --updates 1000` runs the thousand. */
describe('updates 1 to 12', () => updatesHold(1, 12));
