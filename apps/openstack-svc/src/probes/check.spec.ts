import { describe, expect, it } from '@jest/globals';
import type { ApiCheck } from '../cloud/service.js';
import { complaintOf } from './check.js';
import type { Facts } from './facts.js';

const facts: Facts = {
  nodes: new Set(['n1', 'n2', 'n3']),
  released: new Set(['n3']),
  computes: new Set(['n1', 'n2', 'n3']),
  backends: { 'cinder-volume': ['rbd:fast@fast', 'array:flash@flash'], 'manila-share': [] },
  claims: [],
};
const of = (reads: ApiCheck['reads'], answer: unknown, before: Readonly<Record<string, unknown>> = {}) =>
  complaintOf({ name: 'x', type: 'compute', path: '/', reads }, answer, facts, new Map(Object.entries(before)));
const compute = (host: string, state: string, status = 'enabled') => ({ binary: 'nova-compute', host, state, status });

describe('what an API says of itself', () => {
  it('is well when all is up, when it is switched off, and when its node is being worked on', () => {
    expect(of('services', { services: [compute('n1', 'up'), compute('n2', 'up')] })).toBeUndefined();
    expect(of('services', { services: [compute('n1', 'up'), compute('n2', 'down', 'disabled')] })).toBeUndefined();
    expect(of('services', { services: [compute('n3', 'down')] })).toBeUndefined();
    expect(of('answers', 'whatever')).toBeUndefined();
    expect(of('services', { services: [] })).toBeUndefined();
  });

  it('is not well when a process that belongs to a node is down there', () => {
    expect(of('services', { services: [compute('n1', 'down'), compute('n2', 'up')] })).toBe('down: nova-compute on n1');
    const agent = {
      agent_type: 'L3 agent',
      binary: 'neutron-l3-agent',
      host: 'n2',
      alive: false,
      admin_state_up: true,
    };
    expect(of('agents', { agents: [agent] })).toBe('down: neutron-l3-agent on n2');
    expect(of('agents', { agents: [{ ...agent, admin_state_up: false }] })).toBeUndefined();
  });

  it('forgets rows of pods that are gone as long as another of their sort is up', () => {
    const row = (host: string, state: string) => ({ binary: 'nova-scheduler', host, state, status: 'enabled' });
    expect(of('services', { services: [row('pod-a', 'down'), row('pod-b', 'up')] })).toBeUndefined();
    expect(of('services', { services: [row('pod-a', 'down')] })).toBe('down: every nova-scheduler');
    const status = { service_name: 'central', hostname: 'pod', status: 'DOWN' };
    expect(of('statuses', { service_statuses: [status] })).toBe('down: every central');
  });

  it('names a few and counts the rest, and says when it does not understand', () => {
    const services = Array.from({ length: 8 }, (_, n) => ({ ...compute('', 'down'), binary: `b${n}` }));
    expect(of('services', { services })).toBe('down: every b0, every b1, every b2, every b3, every b4 and 3 more');
    expect(of('services', { services: 'many' })).toBe('it answered in an unknown form');
  });
});

describe('what cinder says of its back ends', () => {
  const check: ApiCheck = {
    name: 'services',
    type: 'volumev3',
    path: '/os-services',
    reads: 'services',
    servesBackends: 'cinder-volume',
  };
  const volume = (host: string, state = 'up', status = 'enabled') => ({ binary: 'cinder-volume', host, state, status });
  const fast = volume('rbd:fast@fast');
  const flash = volume('array:flash@flash');
  const said = (...services: readonly object[]) => complaintOf(check, { services }, facts);

  it('names a back end that is down although others are up', () => {
    expect(said(fast, flash)).toBeUndefined();
    expect(said(fast, volume('array:flash@flash', 'down'))).toBe(
      'down: cinder-volume of the back end array:flash@flash',
    );
    expect(said(fast, volume('array:flash@flash', 'down', 'disabled'))).toBeUndefined();
  });

  it('ties disks of nodes to their node', () => {
    expect(said(fast, flash, volume('n1@lvm', 'down'), volume('n2@lvm'))).toBe(
      'down: cinder-volume of the back end lvm on n1',
    );
    expect(said(fast, flash, volume('n3@lvm', 'down'))).toBeUndefined();
  });

  it('names what has never told of itself, and passes over what is no longer in any file', () => {
    expect(said(flash)).toBe('missing: cinder-volume of the back end rbd:fast@fast');
    expect(said(fast, flash, volume('former:disks@disks', 'down'))).toBeUndefined();
    const scheduler = { binary: 'cinder-scheduler', host: 'pod', state: 'down', status: 'enabled' };
    expect(said(fast, flash, scheduler)).toBe('down: every cinder-scheduler');
  });
});

describe('what nova says of its hypervisors', () => {
  const hypervisor = (host: string, state = 'up', status = 'enabled') => ({
    hypervisor_hostname: `${host}.cloud.local`,
    state,
    status,
    service: { id: host, host, disabled_reason: null },
  });
  const services = { services: [compute('n1', 'up'), compute('n2', 'up')] };

  it('names those that are down by their node, whatever libvirt calls them', () => {
    expect(of('hypervisors', { hypervisors: [hypervisor('n1'), hypervisor('n2')] }, { services })).toBeUndefined();
    expect(of('hypervisors', { hypervisors: [hypervisor('n1', 'down'), hypervisor('n2')] }, { services })).toBe(
      'down: hypervisor on n1',
    );
    const off = [hypervisor('n1', 'down', 'disabled'), hypervisor('n2'), hypervisor('n3', 'down')];
    expect(of('hypervisors', { hypervisors: off }, { services })).toBeUndefined();
  });

  it('misses computes of the cluster, and says whether nova knows their nova-compute', () => {
    expect(of('hypervisors', { hypervisors: [hypervisor('n2')] }, { services })).toBe(
      'missing: hypervisor on n1, whose nova-compute is known',
    );
    const one = { services: [compute('n2', 'up')] };
    expect(of('hypervisors', { hypervisors: [hypervisor('n2')] }, { services: one })).toBe(
      'missing: nova-compute on n1',
    );
    const off = { services: [compute('n1', 'up', 'disabled'), compute('n2', 'up')] };
    expect(of('hypervisors', { hypervisors: [hypervisor('n2')] }, { services: off })).toBeUndefined();
  });
});
