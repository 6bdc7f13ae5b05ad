import { reconcilerSpecs } from '@keelson/testing/specs';
import { testReconciler } from './reconcile.fixtures.js';

reconcilerSpecs([testReconciler()]);
