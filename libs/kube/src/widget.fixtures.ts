import type { Kind, KubeObject } from '@keelson/api';

/** A kind that no library declares: what clients do with kinds they learn of from the server. */
export interface Widget extends KubeObject {
  spec: { size: number; colour?: 'red' | 'blue'; note?: string; tags?: Record<string, string> };
  status?: { phase?: string };
}

export const WidgetKind: Kind<Widget> = {
  group: 'test.keelson.io',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
  hasStatus: true,
};

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 0 },
        colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        note: { type: 'string' },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
};

export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.keelson.io' },
  spec: {
    group: 'test.keelson.io',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } },
    ],
  },
};
