import { describe, expect, it } from '@jest/globals';
import { writeIso9660 } from '@keelson/std';
import { internalAddress, readConfigurationDrive } from './cloud-init.js';

const meta =
  'instance-id: i1\nlocal-hostname: node-1\nkeelson-callback-url: http://x/callback\nkeelson-callback-token: t\n';
const agent = '{"server":"https://api","token":"t","namespace":"demo","machine":"cp-1"}';

function drive(files: Record<string, string>, volumeId = 'cidata'): Uint8Array {
  const encoded = Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
  return writeIso9660({ volumeId, files: Object.fromEntries(encoded) });
}

describe('a configuration drive', () => {
  it.each([
    [
      'as text',
      `#cloud-config\nwrite_files:\n- path: /etc/keelson/agent.json\n  permissions: '0600'\n  content: '${agent}'\n`,
    ],
    [
      'as a block',
      `#cloud-config\nwrite_files:\n- path: /etc/other\n  content: x\n- path: /etc/keelson/agent.json\n  content: |\n    ${agent}\n`,
    ],
    [
      'in base64',
      `#cloud-config\nwrite_files:\n- path: /etc/keelson/agent.json\n  encoding: b64\n  content: ${Buffer.from(agent).toString('base64')}\n`,
    ],
  ])('gives the agent its file, written %s', (_how, userData) => {
    const found = readConfigurationDrive(drive({ 'meta-data': meta, 'user-data': userData }));
    expect({ ...found, agentJson: found.agentJson?.trim() }).toEqual({
      instanceId: 'i1',
      hostname: 'node-1',
      callbackUrl: 'http://x/callback',
      callbackToken: 't',
      internalIP: undefined,
      agentJson: agent,
    });
  });

  it.each([
    [drive({ 'meta-data': meta, 'user-data': 'x: 1' }, 'other'), 'its volume is called other'],
    [drive({ 'user-data': 'x: 1' }), 'no file meta-data'],
    [drive({ 'meta-data': 'instance-id: i1\n', 'user-data': 'x: 1' }), 'no keelson-callback-url'],
    [drive({ 'meta-data': 'a: [', 'user-data': 'x: 1' }), 'meta-data is no YAML'],
    [new Uint8Array(100), 'not an ISO 9660 image'],
  ])('is refused with a reason', (bytes, reason) => {
    expect(() => readConfigurationDrive(bytes)).toThrow(reason);
  });
});

describe('the address of a host', () => {
  it.each([
    [
      {
        version: 2,
        ethernets: { a: { addresses: ['10.0.0.1/24'] }, b: { addresses: ['10.0.1.1/24'], gateway4: '10.0.1.254' } },
      },
      '10.0.1.1',
    ],
    [
      {
        network: {
          bonds: { bond0: {} },
          vlans: { lcm: { addresses: ['127.20.0.9/24'], routes: [{ to: 'default', via: '127.20.0.1' }] } },
        },
      },
      '127.20.0.9',
    ],
    [{ ethernets: { a: { addresses: ['10.0.0.1/24'] } } }, '10.0.0.1'],
    [{}, undefined],
  ])('is the one of the default route, else the first', (configuration, expected) => {
    expect(internalAddress(configuration)).toBe(expected);
  });
});
