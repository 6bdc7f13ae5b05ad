import type { DaemonSet, KubeObject } from '@keelson/api';
import { covers, digestAnnotation, digestOf } from '@keelson/mosk';
import { equalJson } from '@keelson/std';
import { followsNodeAnnotation } from '../names.js';
import { imagesIn, withoutImages } from '../render/images.js';

/**
 * An object as it is to be applied. Of a DaemonSet that follows its nodes new images alone roll nothing: its pods stay until they are
 * deleted, which the return of a node from its maintenance does. Any other change of the template rolls them, and so does
 * an upgrade of OpenStack. Other objects are applied as they are rendered.
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
  return isHeld || !equalJson(imagesIn(from.spec), imagesIn(to.spec)) ? onDelete(wanted) : wanted;
}

function onDelete(wanted: DaemonSet): DaemonSet {
  const whole: DaemonSet = { ...wanted, spec: { ...wanted.spec, updateStrategy: { type: 'OnDelete' } } };
  const annotations = { ...wanted.metadata.annotations, [digestAnnotation]: digestOf(whole) };
  return { ...whole, metadata: { ...wanted.metadata, annotations } };
}
