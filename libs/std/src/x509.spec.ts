import { X509Certificate } from 'node:crypto';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createAuthority, issueCertificate } from './x509.js';

const notBefore = Date.now() - 60_000;
const authority = createAuthority({ commonName: 'test authority', notBefore, days: 10 });

describe('issueCertificate', () => {
  it('gives a certificate that verifies against its authority and carries what was asked', () => {
    const issued = issueCertificate(authority, {
      commonName: 'srv',
      organizations: ['system:masters'],
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1', '::1', 'fd00::12:1'],
      usages: ['server', 'client'],
      notBefore,
      days: 5,
    });
    const certificate = new X509Certificate(issued.certPem);
    const ca = new X509Certificate(authority.certPem);
    expect({
      subject: certificate.subject,
      names: certificate.subjectAltName,
      issued: certificate.checkIssued(ca),
      verified: certificate.verify(ca.publicKey),
      isAuthority: certificate.ca,
      authorityIsOne: ca.ca,
      usages: certificate.keyUsage,
    }).toEqual({
      subject: 'O=system:masters\nCN=srv',
      names: 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:0:0:0:0:0:12:1',
      issued: true,
      verified: true,
      isAuthority: false,
      authorityIsOne: true,
      usages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    });
  });

  it('serves TLS that a client trusting the authority accepts, and identifies the client', async () => {
    const server = issueCertificate(authority, {
      commonName: 'server',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      notBefore,
      days: 1,
    });
    const client = issueCertificate(authority, { commonName: 'anna', usages: ['client'], notBefore, days: 1 });
    const https = createServer(
      { key: server.keyPem, cert: server.certPem, ca: authority.certPem, requestCert: true },
      (incoming, outgoing) => {
        const peer = (incoming.socket as import('node:tls').TLSSocket).getPeerCertificate();
        outgoing.end(String(peer.subject.CN));
      },
    );
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    const { port } = https.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port, ca: authority.certPem, key: client.keyPem, cert: client.certPem },
        (incoming) => {
          incoming.on('data', (chunk: Buffer) => resolve(chunk.toString()));
        },
      );
      outgoing.on('error', reject).end();
    });
    https.closeAllConnections();
    https.close();
    expect(answer).toBe('anna');
  });

  it('refuses an address that is none', () => {
    expect(() =>
      issueCertificate(authority, {
        commonName: 'x',
        ipAddresses: ['example.org'],
        usages: ['server'],
        notBefore,
        days: 1,
      }),
    ).toThrow('example.org is no IP address');
  });
});
