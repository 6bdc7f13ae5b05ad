import { z } from 'zod';
import { defineKind, type KindDeclaration, type ObjectOf } from '../../kind.js';

/** How a part of OpenSDN stands; `Disabled` where nothing of it is to run. */
export const tfPartStates = ['Deploying', 'Ready', 'Disabled'] as const;
export type TfPartState = (typeof tfPartStates)[number];

const ContainerSchema = z.object({
  enabled: z.boolean().describe('Whether it runs.'),
  image: z.string().optional().describe('Its image.'),
});
export type TfPartContainer = z.infer<typeof ContainerSchema>;

const StatusSchema = z.object({
  state: z.enum(tfPartStates).optional().describe('Whether its pods are what the TFOperator says.'),
  health: z.string().optional().describe('Ready pods of all that are to run, such as 6/6.'),
  message: z.string().optional().describe('What is missing.'),
});

interface Part {
  /** The group is `<name>.tf.mirantis.com`. */
  readonly name: string;
  readonly kind: string;
  readonly plural?: string;
  readonly description: string;
  readonly containers: readonly string[];
}

/** Their shape is one: what runs in them, by container. */
function definePart({ name, kind, plural, description, containers }: Part) {
  return defineKind({
    group: `${name}.tf.mirantis.com`,
    version: 'v1alpha1',
    kind,
    plural: plural ?? `${kind.toLowerCase()}s`,
    scope: 'Namespaced',
    owner: 'sdn-svc',
    description: `${description} It is derived from the TFOperator: what is changed here is put back.`,
    spec: z.object(
      Object.fromEntries(
        containers.map((container) => [container, ContainerSchema.optional().describe(`${container}.`)]),
      ),
    ),
    status: StatusSchema,
    columns: [
      { name: 'State', type: 'string', jsonPath: '.status.state', description: 'Whether it is what it is to be' },
      { name: 'Health', type: 'string', jsonPath: '.status.health', description: 'Ready pods of all' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    notes: [
      'Group, kind, names and the spec by container are as in public sources of the first generation; the status is a choice.',
    ],
  });
}

export const TFConfigKind = definePart({
  name: 'config',
  kind: 'TFConfig',
  description: 'The configuration services of OpenSDN: API, schema transformer, service monitor, device manager.',
  containers: ['api', 'schema', 'svc-monitor', 'device-mgr', 'provisioner'],
});
export const TFControlKind = definePart({
  name: 'control',
  kind: 'TFControl',
  description: 'The control services of OpenSDN: BGP and XMPP, and the names of instances.',
  containers: ['control', 'dns', 'named', 'provisioner'],
});
export const TFAnalyticsKind = definePart({
  name: 'analytics',
  kind: 'TFAnalytics',
  plural: 'tfanalytics',
  description: 'The analytics services of OpenSDN; `Disabled` without nodes that are labelled for them.',
  containers: ['collector', 'api', 'redis', 'provisioner'],
});
export const TFVrouterKind = definePart({
  name: 'vrouter',
  kind: 'TFVrouter',
  description: 'The vRouters of OpenSDN, one on every compute node.',
  containers: ['agent', 'provisioner'],
});
export const TFWebUIKind = definePart({
  name: 'webui',
  kind: 'TFWebUI',
  description: 'The web console of OpenSDN.',
  containers: ['web', 'job', 'redis'],
});
export const TFToolKind = definePart({
  name: 'tool',
  kind: 'TFTool',
  description: 'Tools for looking into OpenSDN, with `spec.devOptions.tools` of the TFOperator.',
  containers: ['cli', 'ctools'],
});
export const TFTestKind = definePart({
  name: 'test',
  kind: 'TFTest',
  description: 'Tests of OpenSDN; always `Disabled`: the service tempest of the OpenStackDeployment tests the cloud.',
  containers: ['tempest'],
});

export type TFPart = ObjectOf<typeof TFConfigKind>;

/** What a TFOperator consists of. */
export const tfPartKinds: readonly KindDeclaration<TFPart>[] = [
  TFConfigKind,
  TFControlKind,
  TFAnalyticsKind,
  TFVrouterKind,
  TFWebUIKind,
  TFToolKind,
  TFTestKind,
];
