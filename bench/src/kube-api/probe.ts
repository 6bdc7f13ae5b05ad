/** Loaded into a measured process before its program (`node --import`): on SIGUSR2 it says how its event loop and its heap are. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 5;
const delays = monitorEventLoopDelay({ resolution: resolutionMs });
delays.enable();
let asked = 0;

/** Beyond the resolution, which a free loop shows too. */
const ms = (nanoseconds: number): number => Math.round(Math.max(0, nanoseconds / 1e6 - resolutionMs) * 10) / 10;

process.on('SIGUSR2', () => {
  const stall = { p50: ms(delays.percentile(50)), p99: ms(delays.percentile(99)), max: ms(delays.max) };
  for (let i = 0; i < 2; i += 1) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  asked += 1;
  // The collection is a stall of its own: it is not one of the next period.
  setTimeout(() => {
    delays.reset();
    process.stderr.write(`probe ${JSON.stringify({ asked, stall, heapUsed, external, rss })} end\n`);
  }, 100);
});
