export { allFaults, type ChaosName, parseFaults } from './chaos.js';
export { type RunOptions, type RunReport, replayCommand, run, type Violation } from './run.js';
