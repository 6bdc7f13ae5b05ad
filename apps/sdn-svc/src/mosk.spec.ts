import { reconcilerSpecs } from '@keelson/testing/specs';
import { mosk } from './mosk.js';

reconcilerSpecs(
  mosk({
    release: () => undefined,
    findRelease: () => Promise.resolve(undefined),
    networkApiOf: () => {
      throw new Error('no cloud is asked here');
    },
  }),
);
