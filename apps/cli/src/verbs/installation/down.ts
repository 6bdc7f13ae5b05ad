import { layoutHere } from '../../embedded/layout.js';
import { endProcess } from '../../embedded/supervision/processes.js';
import { endLeftovers, isRunning, readState } from '../../embedded/supervision/supervisor.js';
import { leftAlive } from './up.js';
import type { Verb } from '../verb.js';

export const down: Verb = {
  name: 'down',
  summary: 'stop everything; data stays where it is: $KEELSON_HOME, or .keelson/',
  usage: [],
  async run() {
    const layout = layoutHere();
    const state = readState(layout);
    if (isRunning(state)) {
      process.stdout.write('stopping …\n');
      await endProcess(state.supervisor, 'SIGTERM', 90_000);
    }
    await endLeftovers(layout);
    const left = leftAlive(layout);
    if (left.length > 0) {
      process.stderr.write(`keelson: could not stop ${left.join(', ')}\n`);
      return 1;
    }
    process.stdout.write(state === undefined ? 'nothing was running\n' : 'stopped; nothing of it runs any more\n');
    return 0;
  },
};
