import { type KubeObject, type OpenStackDeployment, type OwnerReference } from '@keelson/api';
import { identityOf, kindOf, prepared } from '@keelson/mosk';
import { sha256Json } from '@keelson/std';
import type { Stage } from '../cloud/service.js';
import { deploymentLabel, madeOnceAnnotation, serviceLabel } from '../names.js';
import type { PlannedService } from './renderer.js';
import { isOfCheck } from './upgrade-checks.js';

/** A rendered service as it is applied: its objects with their labels, namespace and owner. */
export interface PreparedService extends PlannedService {
  readonly fingerprint: string;
  readonly stageObjects: readonly (readonly KubeObject[])[];
  readonly onDemandObjects: readonly KubeObject[];
  readonly opening: readonly Stage[];
  readonly closing: readonly Stage[];
}

/**
 * Makes what is rendered ready to be applied.
 *
 * @param isUpgrading what an upgrade pauses is suspended, and its checks are there: those of the next one are asked anew
 */
export function preparedService(
  service: PlannedService,
  deployment: OpenStackDeployment,
  isUpgrading: boolean,
): PreparedService {
  const { name, namespace = '' } = deployment.metadata;
  const owner: OwnerReference = {
    apiVersion: deployment.apiVersion,
    kind: deployment.kind,
    name,
    uid: deployment.metadata.uid ?? '',
  };
  const labels = { [deploymentLabel]: name, [serviceLabel]: service.name };
  const prepare = (object: KubeObject): KubeObject => {
    kindOf(object);
    const whole = prepared(object, { labels, namespace, owner });
    if (!isMadeOnce(object)) return whole;
    const { ownerReferences: _, ...metadata } = whole.metadata;
    return { ...whole, metadata };
  };
  const rendered = (object: KubeObject): KubeObject =>
    prepare(service.pausedByUpgrade ? withSuspend(object, isUpgrading) : object);
  const onDemand = service.rendered.onDemand.filter((object) => isUpgrading || !isOfCheck(service.upgrade, object));
  const prepareStage = (stage: Stage): Stage => ({ ...stage, objects: stage.objects.map(prepare) });
  const stageObjects = service.rendered.stages.map(({ objects }) => objects.map(rendered));
  return {
    ...service,
    stageObjects,
    onDemandObjects: onDemand.map(prepare),
    opening: (service.rendered.opening ?? []).map(prepareStage),
    closing: (service.rendered.closing ?? []).map(prepareStage),
    fingerprint: sha256Json(stageObjects).slice(0, 16),
  };
}

function withSuspend(object: KubeObject, suspend: boolean): KubeObject {
  if (object.kind !== 'CronJob') return object;
  const spec: unknown = Reflect.get(object, 'spec');
  const whole: KubeObject & { spec: object } = {
    ...object,
    spec: { ...(typeof spec === 'object' && spec !== null ? spec : {}), suspend },
  };
  return whole;
}

/** What is there and no longer wanted. On-demand Jobs stay until what they are made from is no longer rendered. */
export function orphansOf(
  services: readonly PreparedService[],
  live: ReadonlyMap<string, KubeObject>,
): readonly KubeObject[] {
  const wanted = new Set(
    services.flatMap(({ stageObjects, onDemandObjects, opening, closing }) =>
      [...stageObjects.flat(), ...onDemandObjects, ...[...opening, ...closing].flatMap(({ objects }) => objects)].map(
        identityOf,
      ),
    ),
  );
  return [...live].filter(([id]) => !wanted.has(id)).map(([, object]) => object);
}

/** Made when it is missing, and left as it is afterwards: others change it. */
export function isMadeOnce({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[madeOnceAnnotation] === 'true';
}
