import { describe, expect, it } from '@jest/globals';
import { macrosOf, type MacroValues, nicsNeeded, renderNetplan, subnetsOf, usesOf } from './netplan.js';

const values: MacroValues = {
  nic: (index) => `eno${index + 1}`,
  mac: (index) => `52:54:00:00:00:0${index}`,
  ip: ({ key }) => (key === '0:lcm' ? '10.0.0.7/24' : '10.0.1.7/24'),
  gateway: () => '10.0.0.1',
  nameservers: () => ['10.0.0.2', '10.0.0.3'],
  cidr: () => '10.0.0.0/24',
};

const bonded = `version: 2
ethernets:
  {{nic 0}}: {match: {macaddress: {{mac 0}}}, set-name: {{nic 0}}}
  {{ nic 1 }}: {match: {macaddress: {{mac 1}}}, set-name: {{nic 1}}}
bonds:
  bond0: {interfaces: [{{nic 0}}, {{nic 1}}]}
bridges:
  k8s-lcm:
    interfaces: [bond0]
    addresses: [{{ip "k8s-lcm:lcm"}}, {{ip '0:lcm'}}]
`.replace("'0:lcm'", '"0:lcm"');

describe('a network template', () => {
  it('is filled in and read as netplan', () => {
    expect(renderNetplan(bonded, values)).toEqual({
      version: 2,
      ethernets: {
        eno1: { match: { macaddress: '52:54:00:00:00:00' }, 'set-name': 'eno1' },
        eno2: { match: { macaddress: '52:54:00:00:00:01' }, 'set-name': 'eno2' },
      },
      bonds: { bond0: { interfaces: ['eno1', 'eno2'] } },
      bridges: { 'k8s-lcm': { interfaces: ['bond0'], addresses: ['10.0.1.7/24', '10.0.0.7/24'] } },
    });
  });

  it('takes the outer network member away, gives lists and networks', () => {
    const text =
      'network:\n  ethernets:\n    a:\n      nameservers: {addresses: {{nameservers_from_subnet "lcm"}}}\n      routes: [{to: {{cidr_from_subnet "lcm"}}, via: {{gateway_from_subnet "lcm"}}}]\n';
    expect(renderNetplan(text, values)).toEqual({
      version: 2,
      ethernets: {
        a: { nameservers: { addresses: ['10.0.0.2', '10.0.0.3'] }, routes: [{ to: '10.0.0.0/24', via: '10.0.0.1' }] },
      },
    });
  });

  it('says what it needs', () => {
    const macros = macrosOf(bonded);
    expect({
      uses: usesOf(macros).map(({ key }) => key),
      subnets: subnetsOf(macros),
      nics: nicsNeeded(macros),
    }).toEqual({ uses: ['k8s-lcm:lcm', '0:lcm'], subnets: ['lcm'], nics: 2 });
  });

  it.each([
    ['{{nick 0}}', 'the macro {{nick 0}} is unknown'],
    ['{{nic x}}', '{{nic x}} needs the number of an interface'],
    ['{{ip "lcm"}}', 'needs an interface and a Subnet'],
    ['{{gateway_from_subnet}}', 'needs the name of a Subnet'],
    ['{{nic 0', 'not closed or not well formed'],
    ['a: [', 'is no YAML'],
    ['just text', 'is no netplan'],
    ['version: 1', 'version must be 2'],
  ])('%s is refused with a reason', (text, reason) => {
    expect(() => renderNetplan(text, values)).toThrow(reason);
  });
});
