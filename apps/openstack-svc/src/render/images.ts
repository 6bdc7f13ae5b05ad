import type { PodTemplate } from '@keelson/api';
import { isRecord } from './json.js';

const lists = ['initContainers', 'containers'] as const;

/** A pod template without the images of its containers. */
export function withoutImages(template: PodTemplate): PodTemplate {
  const spec: Record<string, unknown> = { ...template.spec };
  for (const list of lists) {
    const containers = spec[list];
    if (Array.isArray(containers)) spec[list] = containers.map(withoutImage);
  }
  return { ...template, spec };
}

/** A pod template with other images of containers, by their names. */
export function withImages(template: PodTemplate, images: Readonly<Record<string, string>>): PodTemplate {
  const spec: Record<string, unknown> = { ...template.spec };
  const given = (container: unknown): unknown => {
    const image = isRecord(container) ? images[String(container['name'])] : undefined;
    return isRecord(container) && image !== undefined ? { ...container, image } : container;
  };
  for (const list of lists) {
    const containers = spec[list];
    if (Array.isArray(containers)) spec[list] = containers.map(given);
  }
  return { ...template, spec };
}

/** The images of containers by their names, from the spec of a pod or of a template. */
export function imagesIn(spec: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, string>> {
  const named = lists.flatMap((list) => {
    const containers: unknown = spec[list];
    return Array.isArray(containers) ? containers.filter(isRecord) : [];
  });
  return Object.fromEntries(named.map(({ name, image }) => [String(name), String(image)]));
}

function withoutImage(container: unknown): unknown {
  if (!isRecord(container)) return container;
  const { image: _, ...rest } = container;
  return rest;
}
