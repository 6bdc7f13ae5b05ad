import { pino } from 'pino';
import type { Log } from './log.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface PinoLogOptions {
  readonly level: LogLevel;
  /** Members of every line, such as `{ service: 'lab' }`. */
  readonly base: Readonly<Record<string, unknown>>;
}

/**
 * A log of JSON lines on standard output, written at once: a process that dies has said everything. An import of its own
 * (`@keelson/std/pino`), so that nothing but a process's main file loads it.
 */
export function pinoLog(options: PinoLogOptions): Log {
  const form = {
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  };
  const logger = pino(
    { level: options.level, base: { ...options.base, pid: process.pid }, ...form },
    pino.destination({ fd: 1, sync: true }),
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
