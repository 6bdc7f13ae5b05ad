import { type Log, messageOf } from '@keelson/std';
import type { Logger } from 'typeorm';

const nothing = (): void => undefined;

/** What TypeORM says on its own goes to the log of the service, not to the console. Queries stay out of it: they carry data. */
export function typeormLog(log: Log): Logger {
  return {
    logQuery: nothing,
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: (message: string) => log.info(message),
    log: (level, message: unknown) => log[level === 'warn' ? 'warn' : 'debug'](messageOf(message)),
  };
}
