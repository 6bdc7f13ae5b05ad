import { afterEach, expect, it } from '@jest/globals';
import { DeploymentKind, SecretKind } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aSpec } from '../../../src/cloud/cloud.fixtures.js';
import { internalTlsCredentials } from '../../../src/cloud/internal-tls.js';
import { mergeSpec } from '../../../src/cloud/spec.js';
import { newCredential } from '../../../src/credentials/generate.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

const day = 24 * 3_600_000;
const namespace = 'openstack';
const enough = ['database', 'messaging', 'identity'];
/** As much of a cloud as this takes: the rest would only take time. */
const renderer: Renderer = {
  ...cloudRenderer,
  render: (input) => cloudRenderer.render(input).filter(({ name }) => enough.includes(name)),
};

let world: CloudWorld;
afterEach(() => world.close());

const pem = async (name: string, key: string) => textIn(await world.api.get(SecretKind, { namespace, name }), key);
const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';

it('the certificate of the proxies is made anew after a year by the same authority, and only its readers are replaced', async () => {
  world = await aCloudWorld({ ports: { renderer } });
  await world.apply(aDeployment({ preset: 'core' }));
  await world.until('the cloud is applied', isApplied);
  const authority = await pem('generated-internal-authority', 'tls.crt');
  expect((await pem('keystone-keystone-register', 'internal-ca.crt'))?.trim()).toBe(authority?.trim());

  const [, need] = internalTlsCredentials({ namespace, spec: mergeSpec(aSpec()) });
  const issuer = await world.api.get(SecretKind, { namespace, name: 'generated-internal-authority' });
  if (need === undefined) throw new Error('there is no certificate');
  const old = newCredential(need, { namespace, now: world.clock.now() - 340 * day, issuer });
  const mark = world.calls.length;
  await world.apply(old);
  await world.until(
    'it is made anew',
    async () => (await pem('generated-tls-proxy', 'tls.crt')) !== textIn(old, 'tls.crt'),
  );
  const renewed = await pem('generated-tls-proxy', 'tls.crt');
  await world.until(
    'its readers have it',
    async () => (await pem('keystone-tls-proxy', 'tls.crt')) === `${renewed?.trim()}\n`,
  );
  let fewest = 3;
  await world.until('the cloud is applied again', async () => {
    const server = await world.api.get(DeploymentKind, { namespace, name: 'keystone-api' });
    fewest = Math.min(fewest, server?.status?.readyReplicas ?? 0);
    return isApplied();
  });
  expect(fewest).toBeGreaterThanOrEqual(2);
  expect(await pem('generated-internal-authority', 'tls.crt')).toBe(authority);
  const written = world.writesSince(mark).filter((line) => /^apply (Deployment|StatefulSet|Job|Secret) /u.test(line));
  expect(new Set(written)).toEqual(
    new Set(['apply Secret generated-tls-proxy', 'apply Secret keystone-tls-proxy', 'apply Deployment keystone-api']),
  );
});
