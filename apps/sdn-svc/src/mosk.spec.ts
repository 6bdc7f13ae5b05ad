import { reconcilerSpecs } from '@keelson/testing/specs';
import { mosk } from './mosk.js';

reconcilerSpecs(mosk({ release: () => undefined }));
