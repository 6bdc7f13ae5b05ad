import { terminal } from '@keelson/std';

/** What an image's own configuration says: the tree it is made of and the user its processes run as. */
export interface Image {
  readonly tree: string;
  readonly user: string;
}

/** Projects whose images run as their own user; all others run as root. */
const projectUsers = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'designate'];

/**
 * An image by its reference, `…/openstack/nova:zed`: the tag names the tree, the name the user.
 *
 * @throws Failure terminal for a tag without a tree
 */
export function imageOf(reference: string, trees: Readonly<Record<string, string>>): Image {
  const [name = '', tag = ''] = reference.slice(reference.lastIndexOf('/') + 1).split(':');
  const tree = trees[tag];
  if (tree === undefined)
    throw terminal(`there is no root filesystem for the image ${reference}`, { reason: 'NoImage' });
  return { tree, user: projectUsers.includes(name) ? name : 'root' };
}
