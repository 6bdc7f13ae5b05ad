import { parentPort } from 'node:worker_threads';
import { type Simulation, simulated } from './simulations.js';

/** A thread of its own: runs what it is sent, one after the other, and ends by its error when one cannot be run at all. */
parentPort?.on('message', async (simulation: Simulation) => {
  parentPort?.postMessage(await simulated(simulation));
});
