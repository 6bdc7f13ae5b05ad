import type { DaemonSet, KubeObject } from '@keelson/api';
import { appliedDigest, covers, digestAnnotation, digestOf } from '@keelson/mosk';
import { equalJson } from '@keelson/std';
import { followsNodeAnnotation } from '../names.js';
import { imagesIn, withImages, withoutImages } from '../render/images.js';

/**
 * An object as it is to be applied. Of a DaemonSet that follows its nodes new images alone roll nothing: its pods stay until they are
 * deleted, which the return of a node from its maintenance does. Any other change of the template rolls them, and so does
 * an upgrade of OpenStack. A roll that is under way is ended before new images come: held with them, pods that it had not reached
 * would keep the configuration of before. Other objects are applied as they are rendered.
 */
export function followingNode(wanted: KubeObject, live: KubeObject | undefined, isUpgrading: boolean): KubeObject {
  const mark = wanted.metadata.annotations?.[followsNodeAnnotation];
  if (mark === undefined || isUpgrading || live === undefined || live.metadata.deletionTimestamp !== undefined)
    return wanted;
  return live.metadata.annotations?.[followsNodeAnnotation] === mark ? held(wanted, live) : wanted;
}

/** The digest of what was applied says that the templates are the same but for images; what others wrote since is compared. */
function held(wanted: DaemonSet, live: DaemonSet): DaemonSet {
  const [to, from] = [wanted.spec?.template ?? {}, live.spec?.template ?? {}];
  if (!covers(withoutImages(from), withoutImages(to))) return wanted;
  const isHeld = live.spec?.updateStrategy?.type === 'OnDelete';
  if (!isHeld && isRolling(live)) return asIs(wanted, live);
  return isHeld || !equalJson(imagesIn(from.spec), imagesIn(to.spec)) ? onDelete(wanted) : wanted;
}

/** Some of its pods are of an older template. */
function isRolling({ metadata, status }: DaemonSet): boolean {
  const { observedGeneration, desiredNumberScheduled = 0, updatedNumberScheduled = 0 } = status ?? {};
  if (observedGeneration === undefined) return false;
  return observedGeneration < (metadata.generation ?? 1) || updatedNumberScheduled < desiredNumberScheduled;
}

/** With the images that it has: what was applied is what is wanted. */
function asIs(wanted: DaemonSet, live: DaemonSet): DaemonSet {
  const template = withImages(wanted.spec?.template ?? {}, imagesIn(live.spec?.template?.spec));
  const digest = appliedDigest(live) ?? '';
  const annotations = { ...wanted.metadata.annotations, [digestAnnotation]: digest };
  return { ...wanted, metadata: { ...wanted.metadata, annotations }, spec: { ...wanted.spec, template } };
}

function onDelete(wanted: DaemonSet): DaemonSet {
  const whole: DaemonSet = { ...wanted, spec: { ...wanted.spec, updateStrategy: { type: 'OnDelete' } } };
  const annotations = { ...wanted.metadata.annotations, [digestAnnotation]: digestOf(whole) };
  return { ...whole, metadata: { ...wanted.metadata, annotations } };
}
