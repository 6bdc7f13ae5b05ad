import type { ObjectKey } from '@keelson/api';
import type { Stored } from '@keelson/kube-server';
import { createAuthority, rfc3339 } from '@keelson/std';
import type { SavedWorld } from '../updates/saved-world.js';

const days = 3_650;
const dayMs = 86_400_000;

/**
 * The snapshot with a certificate authority in the place of the cluster's own, which stays where it is: lifecycle-svc makes
 * no other by itself, as that would lock out real nodes. This one was made for the rehearsal and is good for nothing else.
 */
export function withMadeUpAuthority({ at, objects }: SavedWorld, { namespace = '', name }: ObjectKey): SavedWorld {
  const made = createAuthority({ commonName: `${name} (rehearsal)`, days, notBefore: at - dayMs });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const secret: Stored = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${name}-ca`,
      namespace,
      uid: `rehearsal-${name}-ca`,
      resourceVersion: '1',
      creationTimestamp: rfc3339(at),
      labels: { 'cluster.sigs.k8s.io/cluster-name': name },
    },
    type: 'Opaque',
    data: { 'tls.crt': base64(made.certPem), 'tls.key': base64(made.keyPem) },
  };
  return { at, objects: { ...objects, secrets: [secret] } };
}
