import { cpus, totalmem } from 'node:os';
import { messageOf } from '@keelson/std';

/** Says on standard error what the bench is at. */
export function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}

/** Runs a bench and prints its figures, with the machine they are of, as one JSON object. */
export async function report(name: string, measure: () => Promise<object>): Promise<void> {
  try {
    const figures = await measure();
    const machine = {
      cores: cpus().length,
      model: cpus()[0]?.model.trim() ?? '',
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      node: process.versions.node,
    };
    process.stdout.write(`${JSON.stringify({ bench: name, ...figures, machine })}\n`);
  } catch (error) {
    process.stderr.write(`bench ${name}: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
