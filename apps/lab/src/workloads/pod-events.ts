import { EventKind } from '@keelson/api';
import { isFailure, rfc3339 } from '@keelson/std';
import type { SimulatedPod } from './kinds.js';
import { hashOf, simulated } from './objects.js';
import type { Plane } from './plane.js';

/** Writes an Event about a pod; one that is there already is counted up. */
export async function tell(
  plane: Plane,
  pod: SimulatedPod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  component: string,
): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata;
  const key = { namespace, name: `${name}.${hashOf([uid, reason, message])}` };
  const now = rfc3339(plane.clock.now());
  const present = await plane.api.get(EventKind, key);
  const writing =
    present === undefined
      ? plane.api.create(EventKind, {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { ...key, annotations: { ...simulated } },
          involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
          type,
          reason,
          message,
          count: 1,
          firstTimestamp: now,
          lastTimestamp: now,
          source: { component, ...(pod.spec.nodeName === undefined ? {} : { host: pod.spec.nodeName }) },
        })
      : plane.api.patch(EventKind, key, { count: (present.count ?? 1) + 1, lastTimestamp: now });
  // Events are told to people: none is worth that its teller stops.
  await writing.catch((error: unknown) => {
    if (!isFailure(error)) throw error;
  });
}
