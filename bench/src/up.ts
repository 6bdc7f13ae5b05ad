import { rounded, usageOf } from './processes.js';
import { report, say } from './report.js';
import { inInstallation, timed } from './stand.js';

/** `./keelson up` to ready: with an empty home, then three times with the data of the run before. */
await report('up', () =>
  inInstallation(async (here) => {
    say('first start, empty home');
    const firstSeconds = await timed(here, 'up', '--ready-timeout', '300');
    const warm: number[] = [];
    for (const run of [1, 2, 3]) {
      await timed(here, 'down');
      say(`warm start ${run} of 3`);
      warm.push(await timed(here, 'up', '--ready-timeout', '120'));
    }
    const processes = usageOf(here.processes());
    const cpuSeconds = rounded(Object.values(processes).reduce((total, usage) => total + usage.cpuSeconds, 0));
    const median = [...warm].sort((a, b) => a - b)[1] ?? 0;
    return {
      wallSeconds: rounded(median),
      warmSeconds: warm.map(rounded),
      firstSeconds: rounded(firstSeconds),
      cpuSeconds,
      processes,
    };
  }),
);
