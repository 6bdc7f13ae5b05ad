import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Secret } from '@keelson/api';
import { amphoraStages, type AmphoraStage } from '../../cloud/amphora-rotation.js';
import { newCredential, upcomingCredential } from '../../credentials/generate.js';
import { cloudSecrets } from '../../credentials/secrets.js';
import { amphoraAuthority, amphoraTrust, controllerCertificate, trustDigest } from './authorities.js';

const needs = [amphoraAuthority, controllerCertificate];
const secrets: readonly Secret[] = [
  ...needs.map((need) => newCredential(need, { namespace: 'openstack', now: 0 })),
  ...needs.map((need) => upcomingCredential(need, 'openstack', 0, 1)),
];
const found = cloudSecrets((name) => secrets.find(({ metadata }) => metadata.name === name));
const nameOf = (pem: string): string => new X509Certificate(pem).subject;
const told = (stage: AmphoraStage | undefined) => {
  const { signer, servers, client, clients } = amphoraTrust(found, stage);
  return [nameOf(signer.certificate), servers.map(nameOf), nameOf(client.certificate), clients.map(nameOf)];
};

const [old, next] = ['CN=octavia-amphora', 'CN=octavia-amphora-r1'];
const [client, nextClient] = ['CN=octavia-controller', 'CN=octavia-controller-r1'];
const both = [old, next];
const bothClients = [client, nextClient];

describe('the trust between controllers and amphorae', () => {
  it.each([
    [undefined, [old, [old], client, [client]]],
    ['trusting', [old, both, client, bothClients]],
    ['issuing', [next, both, client, bothClients]],
    ['replacing', [next, both, client, bothClients]],
    ['presenting', [next, both, nextClient, bothClients]],
  ] as const)('at the stage %s', (stage, expected) => {
    expect(told(stage)).toEqual(expected);
  });

  it('is told apart by stage, but for those at which nothing of it changes', () => {
    const digests = [undefined, ...amphoraStages].map((stage) => trustDigest(amphoraTrust(found, stage)));
    expect([new Set(digests).size, digests[2]]).toEqual([4, digests[3]]);
  });
});
