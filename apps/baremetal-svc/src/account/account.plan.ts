import { apiVersionOf, finalizers, type KubeObject, SecretKind } from '@keelson/api';
import { type Plan, settled } from '@keelson/reconcile';

/** What a Secret is called and who holds it; its data is not here. */
export interface AccountWorld {
  readonly secret: Pick<KubeObject, 'metadata'>;
  /** The host that needs it, if one does. */
  readonly host: string | undefined;
}

export interface AccountStep {
  readonly type: 'release';
  readonly secret: KubeObject;
}

/** A Secret is let go when the last host that named it has gone, or names another. Hosts themselves hold it. */
export function planAccount({ secret, host }: AccountWorld): Plan<AccountStep> {
  const isHeld = secret.metadata.finalizers?.includes(finalizers.hostSecret) === true;
  if (!isHeld || host !== undefined) return { steps: [], outcome: settled };
  const held = { apiVersion: apiVersionOf(SecretKind), kind: SecretKind.kind, metadata: secret.metadata };
  return { steps: [{ type: 'release', secret: held }], outcome: settled };
}
