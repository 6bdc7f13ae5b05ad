import { type Failure, isFailure, messageOf, terminal, transient } from '@keelson/std';
import { errors } from '@nats-io/transport-node';

/** Sorts an error of the client library; `doing` says what was tried, such as `publishing baremetal.host.available`. */
export function sortNatsError(error: unknown, doing: string): Failure {
  if (isFailure(error)) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof errors.PermissionViolationError) {
      return terminal(`${doing}: NATS forbids ${cause.operation} on ${cause.subject}`, {
        cause: error,
        reason: 'Forbidden',
      });
    }
    if (cause instanceof errors.NoRespondersError)
      return transient(`${doing}: nobody answers on ${cause.subject}`, { cause: error, reason: 'NoResponder' });
    if (cause instanceof errors.TimeoutError)
      return transient(`${doing}: no answer in time`, { cause: error, reason: 'Timeout' });
    if (cause instanceof errors.AuthorizationError)
      return transient(`${doing}: NATS refuses our credentials`, { cause: error, reason: 'Unauthorized' });
  }
  return transient(`${doing}: ${messageOf(error)}`, { cause: error, reason: 'NatsUnreachable' });
}
