import { z } from 'zod';
import { operationRequests } from './operations.js';
import { defineNews, defineRequest, type News } from './subject.js';
import { TransitionSchema, type Transition } from './transition.js';

const news = (subject: string, description: string): News<Transition> =>
  defineNews({ subject, description, schema: TransitionSchema });

/** News of servers and their networks. */
export const baremetalNews = {
  inventory: {
    adopted: news('baremetal.inventory.adopted', 'An inventory has its BareMetalHost.'),
    failed: news(
      'baremetal.inventory.failed',
      'An inventory cannot be followed: its host or credential is missing or wrong.',
    ),
    removed: news('baremetal.inventory.removed', 'An inventory and its host are gone.'),
  },
  host: {
    registered: news('baremetal.host.registered', 'The BMC of a server answers with the given credentials.'),
    inspected: news('baremetal.host.inspected', 'The hardware of a server is known.'),
    available: news('baremetal.host.available', 'A server is free to be taken by a Machine.'),
    provisioned: news('baremetal.host.provisioned', 'The operating system of a server is installed and booted.'),
    deprovisioned: news('baremetal.host.deprovisioned', 'The operating system of a server is removed.'),
  },
  ipamhost: {
    rendered: news('baremetal.ipamhost.rendered', 'The network of a machine has its addresses and its netplan.'),
    accepted: news('baremetal.ipamhost.accepted', 'The rendered network of a machine is accepted for use.'),
    failed: news('baremetal.ipamhost.failed', 'The network of a machine cannot be rendered.'),
  },
} as const;

export const PowerQuerySchema = z.object({
  namespace: z.string(),
  cluster: z.string(),
  /** Node of the cluster. */
  node: z.string(),
});
export const PowerAnswerSchema = z.object({
  /** As the BMC says now. Unknown where it does not answer, must not be asked, or no server of the node is known. */
  power: z.enum(['On', 'Off', 'Unknown']),
  /** Nobody is going to switch the server on: its host is to be off. */
  staysOff: z.boolean(),
  /** The same as a sentence for operators, with the name of the host. */
  message: z.string(),
});
export type PowerQuery = z.infer<typeof PowerQuerySchema>;
export type PowerAnswer = z.infer<typeof PowerAnswerSchema>;

/** Questions that baremetal-svc answers. */
export const baremetalRequests = {
  inventory: operationRequests('baremetal.inventory', 'a BareMetalHostInventory'),
  credential: operationRequests('baremetal.credential', 'a BareMetalHostCredential'),
  host: {
    ...operationRequests('baremetal.host', 'a BareMetalHost'),
    power: defineRequest({
      subject: 'baremetal.host.power',
      description: "Whether the server of a cluster's node is off and stays so, as its BMC says now.",
      query: PowerQuerySchema,
      answer: PowerAnswerSchema,
    }),
  },
  ipamhost: operationRequests('baremetal.ipamhost', 'an IpamHost'),
  ipaddr: operationRequests('baremetal.ipaddr', 'an IPaddr'),
  subnet: operationRequests('baremetal.subnet', 'a Subnet'),
  l2template: operationRequests('baremetal.l2template', 'an L2Template'),
} as const;
