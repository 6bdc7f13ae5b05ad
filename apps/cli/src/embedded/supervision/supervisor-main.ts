import { existsSync, rmSync } from 'node:fs';
import { messageOf } from '@keelson/std';
import type { EmbeddedOptions } from './component.js';
import { embeddedParts } from '../components.js';
import { layoutHere } from '../layout.js';
import { Rollouts } from '../deployments/rollouts.js';
import { Supervisor } from './supervisor.js';

/** The background process behind `./keelson up`. Its one argument is the options as JSON. */
const layout = layoutHere();
const options = JSON.parse(process.argv[2] ?? '{}') as EmbeddedOptions;
const { components, workloads } = await embeddedParts(layout, options);
const supervisor = new Supervisor(layout, options, components);
const rollouts = new Rollouts({ layout, workloads, supervisor });

let ending = false;
const end = async (): Promise<void> => {
  if (ending) return;
  ending = true;
  rollouts.stop();
  await supervisor.stop();
  process.exit(0);
};
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => void end());
process.on('unhandledRejection', (error) => {
  process.stderr.write(`supervisor: ${messageOf(error)}\n`);
  process.exit(1);
});

try {
  void rollouts.run();
  await supervisor.start();
} catch (error) {
  process.stderr.write(`supervisor: ${messageOf(error)}\n`);
  if (existsSync(layout.stateFile)) rmSync(layout.stateFile);
  process.exit(1);
}
