import { join } from 'node:path';
import { ovnHomeOf } from '../home.js';
import { runLane } from '../machine/lane.js';
import { ovnOnly } from '../machine/packages.js';

await runLane(
  {
    name: 'real-ovn',
    home: ovnHomeOf(process.env),
    suites: [ovnOnly],
    program: join(import.meta.dirname, 'inside.js'),
  },
  process.argv[2] ?? '/dev/null',
);
