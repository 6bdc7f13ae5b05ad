import { ClusterKind, keyText, type ObjectKey, type Secret, SecretKind } from '@keelson/api';
import { accessPointAnnotation } from '@keelson/contracts';
import { type Plan, settled, waitingOn } from '@keelson/reconcile';
import type { Contact } from '../child/child-clusters.js';
import { kubeconfigSecretOf } from '../names.js';
import type { Account } from './access.account.js';
import type { AccessPoint } from './access.kubeconfig.js';
import { type AccessStep, renewAtAnnotation, rightsAnnotation } from './access.steps.js';

/** Everything the plan of a cluster's accounts depends on. */
export interface AccessWorld {
  readonly now: number;
  readonly cluster: ObjectKey;
  /** By us, and it is to stay. */
  readonly isBuiltHere: boolean;
  /** Where the administrator's kubeconfig leads; undefined while there is none. */
  readonly point: AccessPoint | undefined;
  readonly contact: Contact;
  /** Each with what was given to its service. */
  readonly accounts: readonly { readonly account: Account; readonly secret: Secret | undefined }[];
}

const lookAgainSeconds = 30;

/** Pure: which services need an account there, other rights or a new token. */
export function planAccess(world: AccessWorld): Plan<AccessStep> {
  const { cluster, point, contact, accounts } = world;
  if (!world.isBuiltHere || accounts.length === 0) return { steps: [], outcome: settled };
  const { namespace = '', name } = cluster;
  if (point === undefined) {
    const on = { kind: SecretKind.kind, namespace, name: kubeconfigSecretOf(name) };
    return {
      steps: [],
      outcome: waitingOn(on, 'NoKubeconfig', `the cluster ${keyText(cluster)} has no kubeconfig yet`),
    };
  }
  const due = accounts.filter(({ account, secret }) => !isCurrent(account, secret, point, world.now));
  if (due.length === 0 || contact.answers)
    return { steps: due.map(({ account }) => ({ type: 'give', cluster, point, account })), outcome: settled };
  const on = { kind: ClusterKind.kind, namespace, name };
  const message = `its API does not answer, so nobody is given an account there: ${contact.why}`;
  return { steps: [], outcome: waitingOn(on, 'ClusterSilent', message, lookAgainSeconds) };
}

function isCurrent({ rights }: Account, secret: Secret | undefined, point: AccessPoint, now: number): boolean {
  const notes = secret?.metadata.annotations ?? {};
  if (notes[accessPointAnnotation] !== point.id || notes[rightsAnnotation] !== rights) return false;
  return secret?.data !== undefined && Date.parse(notes[renewAtAnnotation] ?? '') > now;
}
