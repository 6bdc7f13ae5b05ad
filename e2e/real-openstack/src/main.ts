import { join } from 'node:path';
import { homeOf } from './home.js';
import { runLane } from './machine/lane.js';
import { bookworm, trixie } from './machine/packages.js';
import { guestImage } from './steps/guest.js';

await runLane(
  {
    name: 'real-openstack',
    home: homeOf(process.env),
    suites: [bookworm, trixie],
    prepare: async ([tree = '']) => {
      await guestImage(tree);
    },
    program: join(import.meta.dirname, 'inside.js'),
  },
  process.argv[2] ?? '/dev/null',
);
