import type { Log } from '@keelson/std';
import type { LoggerService } from '@nestjs/common';

/** Nest's own words in our log. What it tells about mapped routes and started modules is detail. */
export function nestLogger(log: Log): LoggerService {
  const say =
    (level: keyof Log) =>
    (message: unknown, ...rest: unknown[]) =>
      log[level](String(message), { nest: rest.at(-1) });
  return {
    log: say('debug'),
    error: say('error'),
    warn: say('warn'),
    debug: say('debug'),
    verbose: say('debug'),
    fatal: say('error'),
  };
}
