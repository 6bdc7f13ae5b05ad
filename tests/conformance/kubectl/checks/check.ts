import type { Kubectl } from '../kubectl.fixtures.js';

/** One thing that people do with kubectl, and what must come of it. */
export interface Check {
  readonly name: string;
  readonly run: (k: Kubectl) => Promise<void>;
}

export const check = (name: string, run: Check['run']): Check => ({ name, run });
