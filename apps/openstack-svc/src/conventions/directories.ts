import type { ContainerPart } from '../render/pod.js';

/**
 * Makes directories of the node the project's own before its processes start: the kubelet makes them as root's, and images run
 * as their project's user, who then could write nothing.
 *
 * @param project name of the image and of its user
 */
export function ownDirectories(project: string, ...paths: readonly string[]): ContainerPart {
  return {
    name: 'own-directories',
    image: project,
    command: ['install', '-d', '-o', project, '-g', project, '-m', '0755', ...paths],
    weight: 'job',
    runAsUser: 0,
  };
}
