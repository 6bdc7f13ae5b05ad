export type { Verb } from './verbs/verb.js';
