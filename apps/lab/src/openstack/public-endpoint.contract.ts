import { afterAll, describe, expect, it } from '@jest/globals';
import { SecretKind } from '@keelson/api';
import { createAuthority, issueCertificate, silentLog, systemClock, systemHttp } from '@keelson/std';
import { listen } from '../listen/https.js';
import { ServiceKind } from '../workloads/kinds.js';
import { anObject } from '../workloads/simulated-cluster.fixtures.js';
import { aSimulatedOpenStack, login, namespace } from './openstack.fixtures.js';
import { PublicEndpoint } from './public-endpoint.js';

const life = { notBefore: systemClock.now() - 3_600_000, days: 2 };
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('the public endpoint', () => {
  let endpoint: PublicEndpoint | undefined;
  afterAll(() => endpoint?.close());

  it('stands at the address of the ingress, over TLS, and leads by name to the Service behind', async () => {
    const { api, clock, create, front, pass } = await aSimulatedOpenStack({ computes: 0 });
    endpoint = new PublicEndpoint({ api, clock, log: silentLog, listen, answer: (request) => front.answer(request) });
    const name = 'keystone.cloud.example.org';
    const authority = createAuthority({ commonName: 'cloud CA', ...life });
    const { certPem, keyPem } = issueCertificate(authority, {
      commonName: name,
      dnsNames: [name],
      usages: ['server'],
      ...life,
    });
    const data = { 'tls.crt': base64(certPem), 'tls.key': base64(keyPem) };
    await api.create(SecretKind, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'public' }, data });
    const path = {
      path: '/',
      pathType: 'Prefix',
      backend: { service: { name: 'keystone-api', port: { number: 5000 } } },
    };
    const rules = [{ host: name, http: { paths: [path] } }];
    const ports = [{ name: 'https', port: 28_443 }];
    await create(
      anObject(
        'networking.k8s.io/v1',
        'Ingress',
        { namespace, name: 'keystone' },
        { rules, tls: [{ secretName: 'public' }] },
      ),
      anObject(
        'v1',
        'Service',
        { namespace, name: 'ingress' },
        { type: 'LoadBalancer', selector: { app: 'x' }, ports },
      ),
    );
    await pass(5);
    const service = await api.get(ServiceKind, { namespace, name: 'ingress' });
    const address = service?.status?.loadBalancer?.ingress?.[0]?.ip;
    expect(address).toMatch(/^127\.\d+\.\d+\.1$/);
    await endpoint.settle();
    const ask = (host: string, at: string) =>
      systemHttp({
        method: 'POST',
        url: `https://${address}:28443${at}`,
        headers: { host, 'content-type': 'application/json' },
        body: JSON.stringify(login()),
        timeoutMs: 5_000,
        tls: { verify: false },
      });
    const answer = await ask(name, '/v3/auth/tokens');
    expect(answer.status).toBe(201);
    const { token } = JSON.parse(Buffer.from(answer.body).toString('utf8'));
    const urls = token.catalog.flatMap((one: { endpoints: { url: string }[] }) => one.endpoints.map(({ url }) => url));
    expect(urls).toContain(`https://${name}/v3`);
    expect((await ask('other.example.org', '/')).status).toBe(404);
  });
});
