import { describe, expect, it } from '@jest/globals';
import { silentApi } from './admission.fixtures.js';
import { reviewed } from './admission.review.js';
import { withoutEffect } from './effectless.js';
import { aDeployment } from '../deployment/deployment.fixtures.js';

const review = (kind: string, object: unknown) =>
  reviewed({ request: { uid: 'u', operation: 'CREATE', kind: { kind }, object, oldObject: null } }, silentApi);

describe('what has no effect', () => {
  it('is told with its path, and nothing is told of what has', () => {
    expect(
      withoutEffect({ features: { nova: { vcpu_type: 'host-model' }, logging: { nova: { level: 'DEBUG' } } } }),
    ).toEqual([]);
    const spec = {
      features: { policies: { nova: { a: 'b' }, mail: { a: 'b' } } },
      common: { infra: { releases: { version: '1' } } },
    };
    expect(withoutEffect(spec)).toEqual([
      'spec.features.policies.mail has no effect: no project mail has rules',
      'spec.common.infra.releases.version has no effect: there are no charts that have versions',
    ]);
    expect(withoutEffect({ features: { policies: {} }, common: { infra: { releases: {} } } })).toEqual([]);
  });

  it('is told of further subnets of amphorae, but not where OpenSDN has them', () => {
    const octavia = { lb_network: { subnets: [{ range: '10.0.0.0/24' }, { range: '10.0.1.0/24' }] } };
    expect(withoutEffect({ features: { octavia } })).toEqual([
      'spec.features.octavia.lb_network.subnets.1 has no effect: amphorae and their health managers are in the first subnet',
    ]);
    expect(withoutEffect({ preset: 'compute-tf', features: { octavia } })).toEqual([]);
  });

  it('is told of accounts, but for the project of the administrator', () => {
    const users = { admin: { project_name: 'operators', user_domain_name: 'ops' }, guest: {} };
    const end = 'has no effect: of accounts only admin.project_name is up to the spec';
    expect(withoutEffect({ features: { keystone: { users } } })).toEqual([
      `spec.features.keystone.users.guest ${end}`,
      `spec.features.keystone.users.admin.user_domain_name ${end}`,
    ]);
  });

  it('is told of how often workloads are looked at, unless it is as the API server fills it in', () => {
    const waits = (nova: object) => withoutEffect({ timeouts: { application_readiness: { nova } } });
    expect(waits({ timeout: 60, delay: 5 })).toEqual([
      'spec.timeouts.application_readiness.nova.delay has no effect: workloads are watched',
    ]);
    expect([...waits({ timeout: 60, delay: 10 }), ...waits({ timeout: 60 })]).toEqual([]);
  });

  it('is not promised where there is nothing that it could be about', () => {
    expect(withoutEffect({ common: { openstack: { repo: 'https://charts.example.org' } } })).toEqual([
      'spec.common.openstack.repo has no effect: there are no charts that are fetched',
    ]);
  });

  it('is told of raw values, by what of them nothing reads', () => {
    const values = { conf: { nova: {} }, pod: { replicas: {}, affinity: {} }, endpoints: {}, images: { tags: {} } };
    const agent = { values: { manifests: { cron_fernet_rotate: false, job_bootstrap: false } } };
    const spec = {
      services: { compute: { nova: { values, nova_compute: agent } } },
      common: { openstack: { values: { network: {} }, releases: { values: { volume: {} } } } },
    };
    expect(withoutEffect(spec).map((sentence) => sentence.split(' has no effect')[0])).toEqual([
      'spec.common.openstack.values.network',
      'spec.services.compute.nova.values.pod.affinity',
      'spec.services.compute.nova.values.endpoints',
      'spec.services.compute.nova.nova_compute.values.manifests.job_bootstrap',
    ]);
  });

  it('is a warning to whoever writes it', async () => {
    const { response } = await review(
      'OpenStackDeployment',
      aDeployment({ features: { policies: { mail: { a: 'b' } } } }),
    );
    expect(response).toMatchObject({ allowed: true, warnings: [expect.stringContaining('features.policies.mail')] });
  });

  it('is refused where it is a service that cannot be deployed', async () => {
    const { response } = await review('OpenStackDeployment', aDeployment({ features: { services: ['dns', 'event'] } }));
    expect(response).toMatchObject({ allowed: false, status: { message: expect.stringContaining('event cannot') } });
  });

  it('is let through with a warning when the cluster cannot be asked', async () => {
    const broken = { ...silentApi, list: () => Promise.reject(new Error('no answer')) };
    const body = {
      request: { uid: 'u', operation: 'CREATE', kind: { kind: 'OpenStackDeployment' }, object: aDeployment() },
    };
    expect((await reviewed(body, broken)).response).toEqual({
      uid: 'u',
      allowed: true,
      warnings: ['not all rules could be looked at: no answer'],
    });
  });
});
