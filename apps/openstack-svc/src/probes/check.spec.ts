import { describe, expect, it } from '@jest/globals';
import { complaintOf } from './check.js';

const hosts = { nodes: new Set(['n1', 'n2', 'n3']), released: new Set(['n3']) };
const of = (reads: 'answers' | 'services' | 'agents' | 'statuses', answer: unknown): string | undefined =>
  complaintOf({ name: 'x', type: 'compute', path: '/', reads }, answer, hosts);
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
