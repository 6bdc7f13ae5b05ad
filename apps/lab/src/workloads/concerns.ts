import type { ChildWrite } from '../clusters/child-api.js';

/** The key of a written object of a resource, else nothing. */
export function ownKey(write: ChildWrite, resource: string): readonly string[] {
  return write.resource === resource ? [`${write.namespace}/${write.name}`] : [];
}

/** Keys of the objects of a kind that control what was written. */
export function ownerKeys(write: ChildWrite, kind: string): readonly string[] {
  const owners = write.object.metadata.ownerReferences ?? [];
  return owners
    .filter((owner) => owner.controller === true && owner.kind === kind)
    .map((owner) => `${write.namespace}/${owner.name}`);
}
