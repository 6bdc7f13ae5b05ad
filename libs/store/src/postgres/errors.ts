import { type Failure, isFailure, messageOf, terminal, transient } from '@keelson/std';

/**
 * SQLSTATE classes and codes that pass by themselves: connection exceptions, too few resources, operator intervention
 * (shutdown, crash, starting up), cancelled statements, serialization failures and deadlocks.
 * Source: PostgreSQL documentation, appendix A.
 */
const transientStates = /^(08...|53...|57...|40001|40P01|55P03|25P03)$/;
const authenticationStates = /^28...$/;

/** Sorts an error of the driver; `doing` says what was tried, such as `appending 3 transitions`. */
export function sortPostgresError(error: unknown, doing: string): Failure {
  if (isFailure(error)) return error;
  const state = sqlState(error);
  const message = `${doing}: ${messageOf(error)}`;
  if (state !== undefined && !transientStates.test(state)) {
    // Credentials may be rotated under us: the next connection can succeed.
    if (authenticationStates.test(state)) return transient(message, { cause: error, reason: 'Unauthorized' });
    return terminal(message, { cause: error, reason: state === '42501' ? 'Forbidden' : 'RecordsRefused' });
  }
  return transient(message, { cause: error, reason: 'PostgresUnreachable' });
}

/** The SQLSTATE of an error; system errors such as ECONNREFUSED and the driver's own have none. */
function sqlState(error: unknown): string | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = driverError(cause)) {
    if ('code' in cause && typeof cause.code === 'string' && /^[0-9A-Z]{5}$/.test(cause.code)) return cause.code;
  }
  return undefined;
}

function driverError(error: Error): unknown {
  return 'driverError' in error ? error.driverError : error.cause;
}
