/**
 * How long updates take by the rule that operators of MOSK reckon with
 * (https://docs.mirantis.com/mosk/latest/ops/calculate-update-mw.html): what to expect before there are records. Seconds.
 */

export interface CloudSize {
  readonly computes: number;
  readonly gateways: number;
  readonly controlPlane: number;
  /** Workers of all roles, computes and gateways among them. */
  readonly workers: number;
  /** Instances on a compute, on average. */
  readonly instancesPerCompute: number;
  readonly hasCeph: boolean;
  readonly reboots: boolean;
}

const minute = 60;

/** 45 min, and for each compute and gateway 359 s and 0.78 s an instance. */
export function openstackSeconds({ computes, gateways, instancesPerCompute }: CloudSize): number {
  return 45 * minute + (0.78 * instancesPerCompute + 359) * (computes + gateways);
}

export const cephSeconds = ({ hasCeph }: CloudSize): number => (hasCeph ? 50 * minute : 0);
export const controlPlaneMachineSeconds = 15 * minute;
export const componentsSeconds = 40 * minute;

/** 40 min a worker and 20 more for a compute where hosts reboot. The rule counts nothing for workers that do not reboot. */
export function workerSeconds(isCompute: boolean, reboots: boolean): number {
  return reboots ? (isCompute ? 60 : 40) * minute : 5 * minute;
}

/** The whole update, one machine after the other. */
export function formulaSeconds(size: CloudSize): number {
  const hosts = size.reboots ? (20 * size.computes + 40 * size.workers) * minute : 0;
  return (
    openstackSeconds(size) +
    cephSeconds(size) +
    controlPlaneMachineSeconds * size.controlPlane +
    componentsSeconds +
    hosts
  );
}
