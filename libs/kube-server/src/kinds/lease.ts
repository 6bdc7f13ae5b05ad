import { asText, isObject } from '../schema/schema.js';
import { badRequest, type FieldError, fieldInvalid } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { builtIn } from './declare.js';
import type { KindDescriptor } from './descriptor.js';
import { integer, plain, struct, text } from './schema-words.js';

const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** metav1.MicroTime: exactly six digits of a second, kept as the text that came. */
export const microTimeText = { type: 'string', nullable: true } as const;

/** Refuses what Go's parser of MicroTime refuses, in its words. */
export function requireMicroTime(kind: string, value: unknown): void {
  if (value === undefined || value === null) return;
  const given = asText(value);
  if (microTime.test(given)) return;
  const after = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(.*)$/.exec(given)?.[1];
  const [rest, layout] = after === undefined ? [given, '2006'] : [after, '.000000'];
  const cannot = `parsing time ${JSON.stringify(`${given}`)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${JSON.stringify(rest)} as "${layout}"`;
  throw badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${cannot}`);
}

export const leaseKind: KindDescriptor = builtIn({
  group: 'coordination.k8s.io',
  kind: 'Lease',
  members: {
    spec: plain(
      struct({
        holderIdentity: text,
        leaseDurationSeconds: integer,
        acquireTime: microTimeText,
        renewTime: microTimeText,
        leaseTransitions: integer,
        strategy: text,
        preferredHolder: text,
      }),
    ),
  },
  strategy: { prepare: prepareLease, validate: leaseErrors, createsOnUpdate: true },
});

function prepareLease(object: Draft): Draft {
  if (!isObject(object.spec)) return object;
  requireMicroTime('Lease', object.spec.acquireTime);
  requireMicroTime('Lease', object.spec.renewTime);
  return object;
}

function leaseErrors(object: Draft): FieldError[] {
  const spec = isObject(object.spec) ? object.spec : {};
  const errors: FieldError[] = [];
  if (typeof spec.leaseDurationSeconds === 'number' && spec.leaseDurationSeconds <= 0) {
    errors.push(fieldInvalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'));
  }
  if (typeof spec.leaseTransitions === 'number' && spec.leaseTransitions < 0) {
    errors.push(fieldInvalid('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0'));
  }
  return errors;
}
