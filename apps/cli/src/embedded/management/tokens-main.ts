import { systemClock, systemRandom } from '@keelson/std';
import { kubeApiOf } from '../credentials/access.js';
import { layoutHere } from '../layout.js';
import { keepTokens } from './tokens.js';

/** Keeps the tokens of the services that its arguments name, as long as it runs. */
const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort(new Error(signal)));

const layout = layoutHere();
await keepTokens({
  layout,
  services: process.argv.slice(2),
  api: kubeApiOf(layout.kubeconfig),
  clock: systemClock,
  random: systemRandom,
  tell: (line) => process.stderr.write(`${line}\n`),
  signal: ending.signal,
});
