export { allFaults, type ChaosName, parseFaults } from './chaos.js';
export { type RunOptions, type RunReport, replayCommand, run, type Violation } from './run.js';
export { type UpdateReport, type UpdateRunOptions, runUpdate, updateReplayCommand } from './updates/update-run.js';
export { rehearsalPage } from './rehearse/page.js';
export { rehearsalText } from './rehearse/text.js';
export { type Course, type Rehearsal, type RehearsalOptions, rehearse } from './rehearse/rehearsal.js';
export { takeSnapshot } from './rehearse/snapshot.js';
export { standingCluster, standingWorld } from './updates/standing.js';
