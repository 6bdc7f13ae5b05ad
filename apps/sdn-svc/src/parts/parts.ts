import {
  apiVersionOf,
  type Kind,
  type TFPart,
  TFAnalyticsKind,
  TFConfigKind,
  TFControlKind,
  TFTestKind,
  TFToolKind,
  TFVrouterKind,
  TFWebUIKind,
} from '@keelson/api';
import { labelsOf, type Manifest } from '../opensdn/manifests.js';
import type { OpenSdn, RenderedSdnService, SdnServiceName } from '../opensdn/opensdn.js';
import { webRedisComponent } from '../opensdn/services.js';
import { vRouterComponent, vRouterProvisioner } from '../opensdn/vrouter.js';
import { z } from 'zod';

/** What one of the objects beside a TFOperator stands for. */
export interface Part {
  readonly kind: Kind<TFPart>;
  readonly name: string;
  /** With which it is written. */
  readonly service: SdnServiceName;
  /** Labels `component` of its workloads. */
  readonly components: readonly string[];
  /** What it never runs, and says so. */
  readonly never?: readonly string[];
}

export const parts: readonly Part[] = [
  { kind: TFConfigKind, name: 'tf-config', service: 'config', components: ['config'] },
  { kind: TFControlKind, name: 'tf-control', service: 'control', components: ['control'] },
  { kind: TFAnalyticsKind, name: 'tf-analytics', service: 'analytics', components: ['analytics'] },
  { kind: TFWebUIKind, name: 'tf-webui', service: 'webUI', components: ['webui', webRedisComponent] },
  { kind: TFVrouterKind, name: 'tf-vrouter', service: 'vRouter', components: [vRouterComponent, vRouterProvisioner] },
  { kind: TFToolKind, name: 'tf-tool', service: 'tools', components: ['tool-cli', 'tool-ctools'] },
  { kind: TFTestKind, name: 'tf-test', service: 'tools', components: [], never: ['tempest'] },
];

/** The same services, each with the objects that stand for it before its workloads. Pure. */
export function withParts(sdn: OpenSdn, services: readonly RenderedSdnService[]): readonly RenderedSdnService[] {
  return services.map(({ service, objects }) => ({
    service,
    objects: [
      ...parts.filter((part) => part.service === service).map((part) => objectOf(sdn, part, objects)),
      ...objects,
    ],
  }));
}

function objectOf({ namespace }: OpenSdn, { kind, name, never = [] }: Part, objects: readonly object[]): Manifest {
  const spec =
    never.length === 0 ? containersOf(objects) : Object.fromEntries(never.map((each) => [each, { enabled: false }]));
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name, namespace, labels: labelsOf(name) },
    spec,
  };
}

const WorkloadSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string() })) }),
    }),
  }),
});

/** What runs, by container. */
function containersOf(objects: readonly object[]): TFPart['spec'] {
  const containers = objects.flatMap(
    (object) => WorkloadSchema.safeParse(object).data?.spec.template.spec.containers ?? [],
  );
  return Object.fromEntries(containers.map(({ name, image }) => [name, { enabled: true, image }]));
}
