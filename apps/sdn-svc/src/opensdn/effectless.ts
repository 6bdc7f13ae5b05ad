import type { KubeObject, TFOperator } from '@keelson/api';
import { z } from 'zod';
import { nodeLabels } from '../names.js';
import { strangeOptions } from './cassandra.js';
import { memberCount } from './peers.js';
import type { OpenSdn, RenderedSdnService, SdnServiceName } from './opensdn.js';
import { cardGroups, pathOf } from './tunnels.js';

type Services = NonNullable<TFOperator['spec']['services']>;

/** Fields of a TFOperator that change nothing of what is rendered, each as a sentence that says why. Pure. */
export function effectless(sdn: OpenSdn, services: readonly RenderedSdnService[]): readonly string[] {
  return [
    ...ofServices(sdn, services),
    ...ofNodes(sdn, services),
    ...ofImages(sdn, services),
    ...ofDatabases(sdn),
    ...ofFeatures(sdn),
    ...ofCassandra(sdn),
    ...ofCards(sdn),
  ];
}

function ofServices({ spec }: OpenSdn, services: readonly RenderedSdnService[]): readonly string[] {
  return serviceNames.flatMap((name) => {
    const known = containersOf(services, name);
    const { envSettings = {}, resources = {} } = spec.services?.[name] ?? {};
    return [
      ...strangers(`spec.services.${name}.envSettings`, envSettings, known),
      ...strangers(`spec.services.${name}.resources`, resources, known),
    ];
  });
}

const serviceNames = [
  'analytics',
  'config',
  'control',
  'vRouter',
  'webUI',
] as const satisfies readonly (keyof Services & SdnServiceName)[];

function ofNodes({ spec, nodes }: OpenSdn, services: readonly RenderedSdnService[]): readonly string[] {
  const known = containersOf(services, 'vRouter');
  const computes = nodes.filter(({ labels }) => labels[nodeLabels.vRouter] === 'enabled');
  return Object.entries(spec.nodes ?? {}).flatMap(([name, { labels: label, nodeVRouter }]) => {
    const path = `spec.nodes.${name}`;
    if (nodeVRouter === undefined) return [`${path} has no nodeVRouter: its nodes are as all others.`];
    const isMet = computes.some(({ labels }) => labels[label.name] === label.value);
    return [
      ...(isMet
        ? []
        : [`${path} is of nodes with ${label.name}=${label.value}, and no node with a vRouter has that label.`]),
      ...strangers(`${path}.nodeVRouter.envSettings`, nodeVRouter.envSettings ?? {}, known),
    ];
  });
}

function ofImages({ spec }: OpenSdn, services: readonly RenderedSdnService[]): readonly string[] {
  const given = Object.entries(spec.devOptions?.imageList ?? {});
  const used = new Set(services.flatMap(({ objects }) => objects.flatMap(imagesOf)));
  return given
    .filter(([, image]) => !used.has(image))
    .map(([name]) => `spec.devOptions.imageList.${name} is the image of no container.`);
}

function ofDatabases(sdn: OpenSdn): readonly string[] {
  const wanted = sdn.spec.features?.cassandra?.replicas;
  const count = memberCount(sdn);
  if (wanted === undefined || wanted === count) return [];
  const why =
    wanted < count ? 'members are never taken away' : `there are nodes with ${nodeLabels.database}=enabled for no more`;
  return [`spec.features.cassandra.replicas is ${wanted} and ${count} members run: ${why}.`];
}

/** Settings that no entry point of OpenSDN's containers reads (OpenSDN-io/tf-container-builder). */
function ofFeatures({ spec: { features = {}, devOptions, services }, nodes }: OpenSdn): readonly string[] {
  const { control } = features;
  const sentences: readonly (readonly [boolean, string])[] = [
    [
      devOptions?.cassandraDriver === 'thrift',
      'spec.devOptions.cassandraDriver is thrift, which Cassandra 4 does not speak: services use cql.',
    ],
    [
      control?.controlInterface !== undefined,
      'spec.features.control.controlInterface is read by no container: control nodes listen at their internal addresses. Give their addresses on that interface as CONTROL_NODES, and as DNS_NODES, in the envSettings of every container of control and vRouter.',
    ],
    [
      services?.analytics?.enabled === true && !nodes.some(({ labels }) => labels[nodeLabels.analytics] === 'enabled'),
      `spec.services.analytics.enabled is true and no node has ${nodeLabels.analytics}=enabled: analytics runs nowhere.`,
    ],
  ];
  return sentences.filter(([holds]) => holds).map(([, sentence]) => sentence);
}

function ofCassandra({ spec: { services = {} } }: OpenSdn): readonly string[] {
  const strange = strangeOptions(services.config?.cassandra).map(
    (name) =>
      `spec.services.config.cassandra.configOptions.${name} is left out: options are names as in cassandra.yaml, each with a text, a number or a truth value.`,
  );
  return services.analytics?.cassandra === undefined
    ? strange
    : [
        ...strange,
        'spec.services.analytics.cassandra changes nothing: analytics has no database of its own here, and keeps no history.',
      ];
}

function ofCards({ access }: OpenSdn): readonly string[] {
  return cardGroups(access).flatMap(({ label, cards }) =>
    cards
      .filter(({ physnet }) => physnet === undefined)
      .map(
        ({ device }) =>
          `${pathOf(label)}.sriov of the OpenStackDeployment names ${device} without a physnet: it is left out, name its physical network.`,
      ),
  );
}

function strangers(path: string, given: object, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => `${path}.${name} names no container: there are ${[...known].sort().join(', ')}.`);
}

const ContainerSchema = z.object({ name: z.string(), image: z.string() });
const PodsSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.array(ContainerSchema), initContainers: z.array(ContainerSchema).default([]) }),
    }),
  }),
});

function containersIn(object: KubeObject): readonly z.infer<typeof ContainerSchema>[] {
  const pods = PodsSchema.safeParse(object).data?.spec.template.spec;
  return pods === undefined ? [] : [...pods.initContainers, ...pods.containers];
}

function containersOf(services: readonly RenderedSdnService[], name: SdnServiceName): ReadonlySet<string> {
  const objects = services.find(({ service }) => service === name)?.objects ?? [];
  return new Set(objects.flatMap(containersIn).map((container) => container.name));
}

function imagesOf(object: KubeObject): readonly string[] {
  return containersIn(object).map(({ image }) => image);
}
