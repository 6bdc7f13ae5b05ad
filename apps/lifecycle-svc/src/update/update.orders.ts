import type { LCMCluster } from '@keelson/api';

/**
 * The steps of an update that release-svc has asked for, in an annotation of the LCMCluster: whoever dies, the order stands.
 * They are of one target; an order for another begins anew.
 */
export interface UpdateOrders {
  /** ClusterRelease by name. */
  readonly target: string;
  /** By id of the step: empty, or why nothing further of it may begin. */
  readonly steps: Readonly<Record<string, string>>;
}

export const updateOrdersAnnotation = 'keelson.dev/update-orders';

export function ordersOf(lcmCluster: LCMCluster | undefined): UpdateOrders | undefined {
  const text = lcmCluster?.metadata.annotations?.[updateOrdersAnnotation];
  if (text === undefined) return undefined;
  const [target, ...steps] = text.split('\n');
  if (target === undefined) return undefined;
  const entries = steps.map((line): [string, string] => {
    const at = line.indexOf(' ');
    return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
  });
  return { target, steps: Object.fromEntries(entries) };
}

/** With one more step, or another hold for it. */
export function withOrder(
  before: UpdateOrders | undefined,
  { target, step, hold = '' }: { readonly target: string; readonly step: string; readonly hold?: string | undefined },
): UpdateOrders {
  const steps = before?.target === target ? before.steps : {};
  return { target, steps: { ...steps, [step]: hold.replaceAll('\n', ' ') } };
}

/** A line for the target, then one a step. */
export function ordersText({ target, steps }: UpdateOrders): string {
  return [target, ...Object.entries(steps).map(([step, hold]) => `${step} ${hold}`.trimEnd())].join('\n');
}
