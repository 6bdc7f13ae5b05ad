import { equalJson } from '@keelson/std';
import { isObject } from '../../schema/schema.js';
import { type FieldError, fieldForbidden, fieldRequired } from '../../status/status.js';
import type { Draft, Stored } from '../../storage/stored.js';
import { builtIn, textAt } from '../declare.js';
import type { KindDescriptor } from '../descriptor.js';
import { conditions, listOf, open, plain, struct, text, time } from '../schema-words.js';
import { podSpec } from './pod-spec.js';

const containerStatuses = listOf(open({ name: text, image: text, containerID: text }));

export const podKind: KindDescriptor = builtIn({
  kind: 'Pod',
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  description: 'Pod is a collection of containers that can run on a host. This server stores pods; it runs none.',
  members: {
    spec: podSpec,
    status: plain(
      open({
        phase: text,
        reason: text,
        message: text,
        hostIP: text,
        podIP: text,
        startTime: time,
        qosClass: text,
        conditions,
        podIPs: listOf(struct({ ip: text })),
        containerStatuses,
        initContainerStatuses: containerStatuses,
        ephemeralContainerStatuses: containerStatuses,
      }),
    ),
  },
  selectableFields: {
    'spec.nodeName': textAt('spec', 'nodeName'),
    'spec.restartPolicy': textAt('spec', 'restartPolicy'),
    'spec.schedulerName': textAt('spec', 'schedulerName'),
    'spec.serviceAccountName': textAt('spec', 'serviceAccountName'),
    'spec.hostNetwork': textAt('spec', 'hostNetwork'),
    'status.phase': textAt('status', 'phase'),
    'status.podIP': textAt('status', 'podIP'),
    'status.nominatedNodeName': textAt('status', 'nominatedNodeName'),
  },
  strategy: { prepare: preparePod, validate: podErrors, gracePeriod, returnsDeleted: true },
});

function preparePod(object: Draft, before: Stored | undefined): Draft {
  if (before !== undefined) return object;
  const spec = isObject(object.spec) ? object.spec : {};
  const account = spec.serviceAccountName ?? spec.serviceAccount ?? 'default';
  const named = { ...spec, serviceAccountName: account, serviceAccount: account };
  return { ...object, spec: named, status: { phase: 'Pending', qosClass: qosClassOf(spec) } };
}

/** Guaranteed: every container's limits are its requests; BestEffort: none has either. */
function qosClassOf(spec: Draft): string {
  const containers = [spec.containers, spec.initContainers].flatMap((list) => (Array.isArray(list) ? list : []));
  const needs = containers.map((container: unknown) => {
    const { limits = {}, requests = limits } =
      isObject(container) && isObject(container.resources) ? container.resources : {};
    return { limits: isObject(limits) ? limits : {}, requests: isObject(requests) ? requests : {} };
  });
  if (needs.every(({ limits, requests }) => Object.keys({ ...limits, ...requests }).length === 0)) return 'BestEffort';
  const isFixed = needs.every(({ limits, requests }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && limits[name] === requests[name]),
  );
  return isFixed ? 'Guaranteed' : 'Burstable';
}

/** A pod on a node goes when its kubelet says so; any other, and one that has ended, at once. */
function gracePeriod(pod: Stored, requested: number | undefined): number {
  const { phase } = isObject(pod.status) ? pod.status : {};
  const spec = isObject(pod.spec) ? pod.spec : {};
  if (!spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  return Math.max(0, requested ?? Number(spec.terminationGracePeriodSeconds ?? 30));
}

function podErrors(object: Draft, before: Stored | undefined): FieldError[] {
  const errors = podSpecErrors(object.spec, 'spec');
  if (
    before !== undefined &&
    isObject(object.spec) &&
    isObject(before.spec) &&
    !equalJson(fixedPart(object.spec, before.spec), fixedPart(before.spec, before.spec))
  ) {
    errors.push(
      fieldForbidden(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    );
  }
  return errors;
}

/** The spec without what may change: images, tolerations, deadlines, and the node as long as there is none. */
function fixedPart(spec: Draft, before: Draft): Draft {
  const {
    tolerations: _t,
    activeDeadlineSeconds: _a,
    terminationGracePeriodSeconds: _g,
    schedulingGates: _s,
    ...rest
  } = spec;
  const withoutImages = (list: unknown): unknown =>
    Array.isArray(list) ? list.filter(isObject).map(({ image: _image, ...container }) => container) : list;
  return {
    ...rest,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    nodeName: before.nodeName ? spec.nodeName : undefined,
  };
}

/** The little that is checked of a pod's spec, alone or in a template. */
export function podSpecErrors(spec: unknown, at: string): FieldError[] {
  const containers = isObject(spec) && Array.isArray(spec.containers) ? spec.containers.filter(isObject) : [];
  if (containers.length === 0) return [fieldRequired(`${at}.containers`)];
  return containers.flatMap((container, i) => (container.name ? [] : [fieldRequired(`${at}.containers[${i}].name`)]));
}
