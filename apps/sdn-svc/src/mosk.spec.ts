import { reconcilerSpecs } from '@keelson/testing/specs';
import { mosk } from './mosk.js';

reconcilerSpecs(
  mosk({
    release: () => undefined,
    networkApiOf: () => {
      throw new Error('no cloud is asked here');
    },
  }),
);
