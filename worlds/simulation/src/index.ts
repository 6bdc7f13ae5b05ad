export { allFaults, type ChaosName, parseFaults } from './chaos.js';
export { type RunOptions, type RunReport, replayCommand, run, type Violation } from './run.js';
export { type UpdateReport, type UpdateRunOptions, runUpdate, updateReplayCommand } from './updates/update-run.js';
