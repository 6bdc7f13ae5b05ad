import { type FaultKind, type Faults, podFaultMenu } from '../../faults/faults.js';
import type { SimulatedPod } from '../kinds.js';

/** How a pod goes wrong. */
export type PodFault = 'ImagePullBackOff' | 'CrashLoopBackOff' | 'NeverReady';

export const faultAnnotation = 'keelson.dev/simulated-fault';
export const secondsAnnotation = 'keelson.dev/simulated-seconds';

const kindOf: Readonly<Record<keyof typeof podFaultMenu, PodFault>> = {
  podImageMissing: 'ImagePullBackOff',
  podCrashes: 'CrashLoopBackOff',
  podNeverReady: 'NeverReady',
};
const kinds = Object.keys(podFaultMenu).filter((kind): kind is keyof typeof podFaultMenu => kind in kindOf);

/** What its annotation says, or a fault of the lab on its `namespace/name`. */
export function podFault(pod: SimulatedPod, faults: Pick<Faults, 'holds'>): PodFault | undefined {
  const said = pod.metadata.annotations?.[faultAnnotation];
  const own = Object.values(kindOf).find((fault) => fault === said);
  if (own !== undefined) return own;
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const kind = kinds.find((candidate: FaultKind) => faults.holds(candidate, name));
  return kind === undefined ? undefined : kindOf[kind];
}
