import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Secret } from '@keelson/api';
import { createAuthority, issueCertificate } from '@keelson/std';
import { load } from 'js-yaml';
import { aCluster, now } from '../machine/machine.fixtures.js';
import {
  administratorOptions,
  authorityDays,
  isCurrent,
  issuedFor,
  kubeconfigText,
  leafAnnotations,
  serverCertificateOptions,
} from './cluster.pki.js';

const authority = createAuthority({ commonName: 'demo-first-ca', notBefore: now, days: authorityDays });
const day = 86_400_000;

describe('the certificates of a cluster', () => {
  const server = new X509Certificate(
    issueCertificate(authority, serverCertificateOptions(aCluster(), '127.20.1.2', now)).certPem,
  );

  it('are signed by its authority and hold for every name the API is called by', () => {
    expect([
      server.verify(new X509Certificate(authority.certPem).publicKey),
      server.checkIP('127.20.1.2'),
      server.checkIP('10.233.0.1'),
      server.checkHost('kubernetes.default.svc.cluster.local'),
    ]).toEqual([true, '127.20.1.2', '10.233.0.1', 'kubernetes.default.svc.cluster.local']);
  });

  it('take a name in the place of an address', () => {
    const named = new X509Certificate(
      issueCertificate(authority, serverCertificateOptions(aCluster(), 'api.example.org', now)).certPem,
    );
    expect(named.checkHost('api.example.org')).toBe('api.example.org');
  });

  it('of the administrator carry the group of masters, inside a kubeconfig that is whole', () => {
    const client = issueCertificate(authority, administratorOptions(now));
    expect(new X509Certificate(client.certPem).subject).toContain('O=system:masters');
    const text = load(kubeconfigText('first', 'https://127.20.1.2:6443', authority.certPem, client)) as Record<
      string,
      unknown
    >;
    expect(text).toMatchObject({
      'current-context': 'admin@first',
      clusters: [{ cluster: { server: 'https://127.20.1.2:6443' } }],
    });
  });
});

describe('a Secret with a certificate', () => {
  const purpose = issuedFor(authority, ['server', '127.20.1.2']);
  const secret = (
    annotations: Record<string, string>,
    data: Record<string, string> = { 'tls.crt': 'eA==' },
  ): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', annotations }, data });

  it.each<[string, Secret | undefined, number, boolean]>([
    ['fresh', secret(leafAnnotations(purpose, now)), now, true],
    ['absent', undefined, now, false],
    ['near its end', secret(leafAnnotations(purpose, now)), now + 310 * day, false],
    ['for another address', secret(leafAnnotations(issuedFor(authority, ['server', '127.20.1.3']), now)), now, false],
    ['without a key it should have', secret(leafAnnotations(purpose, now), {}), now, false],
    ['of unknown end', secret({ 'keelson.dev/issued-for': purpose }), now, false],
  ])('%s', (_name, of, at, expected) => expect(isCurrent(of, purpose, ['tls.crt'], at)).toBe(expected));
});
