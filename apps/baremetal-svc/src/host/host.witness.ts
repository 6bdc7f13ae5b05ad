import {
  annotations,
  type BareMetalHost,
  BareMetalHostKind,
  keyText,
  labels,
  type Machine,
  MachineKind,
  parseKey,
  SecretKind,
} from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import { baremetalRequests, type PowerAnswer, type PowerQuery } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { type Clock, sleep } from '@keelson/std';
import type { Bmcs } from '../bmc/bmcs.js';
import { askBmc, wantedPower } from './host.bmc.js';
import { accountIn, hostId, rebootsOf, stateOf } from './host.observe.js';
import type { BmcView } from './host.world.js';

export interface WitnessPorts {
  readonly api: Pick<KubeApi, 'get' | 'list'>;
  readonly bus: Pick<Bus, 'respond'>;
  readonly bmcs: Bmcs;
  readonly clock: Clock;
}

/** BMCs answer in 0.1 to 5 s; who asks waits no longer than he must. */
const patienceMs = 6_000;

/** Tells whoever must know that a node is really down whether its server is off: the status keeps its word while a BMC is silent. */
export function answerPower(ports: WitnessPorts): Promise<Subscription> {
  return ports.bus.respond(baremetalRequests.host.power, (query) => powerOf(ports, query));
}

async function powerOf(ports: WitnessPorts, query: PowerQuery): Promise<PowerAnswer> {
  const host = await hostOf(ports, query);
  if (typeof host === 'string') return unknown(host);
  const bmc = await viewOf(ports, host);
  return bmc === undefined ? unknown(`the BMC of ${nameOf(host)} does not answer in time`) : powerIn(host, bmc);
}

/** What the BMC's view of a host says of its power. Pure. */
export function powerIn(host: BareMetalHost, bmc: BmcView): PowerAnswer {
  const its = nameOf(host);
  if (bmc.type === 'notAsked')
    return unknown(`the BMC of ${its} must not be asked: it is paused or detached, or lacks its account`);
  if (bmc.type === 'failed') return unknown(`${its}: ${bmc.failure.message}`);
  const { power } = bmc.system;
  if (power === 'Unknown') return unknown(`the BMC of ${its} does not tell its power`);
  if (power !== 'Off') return { power: 'On', staysOff: false, message: `the BMC of ${its} says ${power}` };
  return staysOff(host)
    ? { power: 'Off', staysOff: true, message: `the BMC of ${its} says Off, and online: false keeps it so` }
    : { power: 'Off', staysOff: false, message: `${its} is off, but will be switched on again` };
}

/** A host that is off for a reboot, or for a step of its installation, comes back without anybody's word. */
function staysOff(host: BareMetalHost): boolean {
  return !host.spec.online && rebootsOf(host).names.length === 0 && wantedPower(host, stateOf(host)) === 'Off';
}

function nameOf(host: BareMetalHost): string {
  return `BareMetalHost ${hostId(host)}`;
}

function unknown(message: string): PowerAnswer {
  return { power: 'Unknown', staysOff: false, message };
}

/** The host that the node runs on, or why none is known. Machine and host must name each other: a mistake would cost pods that run. */
async function hostOf({ api }: WitnessPorts, query: PowerQuery): Promise<BareMetalHost | string> {
  const { namespace, cluster, node } = query;
  const { items } = await api.list(MachineKind, { namespace, labelSelector: `${labels.clusterName}=${cluster}` });
  const machine = items.find(({ status }) => status?.nodeRef?.name === node);
  if (machine === undefined)
    return `no Machine of cluster ${keyText({ namespace, name: cluster })} says that ${node} is its node`;
  const at = machine.metadata.annotations?.[annotations.machineHost];
  const host = at === undefined ? undefined : await api.get(BareMetalHostKind, parseKey(at));
  if (host === undefined || !isBound(host, machine)) return `Machine ${machine.metadata.name} has no BareMetalHost`;
  return host;
}

function isBound({ spec: { consumerRef }, metadata }: BareMetalHost, machine: Machine): boolean {
  if (consumerRef?.name !== machine.metadata.name || (consumerRef.kind ?? 'Machine') !== 'Machine') return false;
  const namespace = consumerRef.namespace ?? metadata.namespace;
  const isSame = consumerRef.uid === undefined || consumerRef.uid === machine.metadata.uid;
  return namespace === machine.metadata.namespace && isSame;
}

/** Undefined where the BMC takes too long; what it says then is remembered for the host's own sake. */
async function viewOf({ api, bmcs, clock }: WitnessPorts, host: BareMetalHost): Promise<BmcView | undefined> {
  const name = host.spec.bmc?.credentialsName ?? '';
  const secret = name === '' ? undefined : await api.get(SecretKind, { namespace: host.metadata.namespace, name });
  const account = accountIn(host, secret);
  const asked = askBmc({ bmcs, now: clock.now(), host, state: stateOf(host), isLive: true, ...account });
  const answered = new AbortController();
  const late = sleep(clock, patienceMs, answered.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort(new Error('the BMC has answered'));
  }
}
