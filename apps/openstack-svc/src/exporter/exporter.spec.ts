import { describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type OsdplstStatus,
  type Secret,
} from '@keelson/api';
import { VirtualClock } from '@keelson/std';
import { newCredential } from '../credentials/generate.js';
import type { Checked } from '../probes/check.js';
import { rowsIn } from '../probes/rows.js';
import { figuresOf } from './figures.js';
import { CloudFigures } from './gauges.js';

const begin = Date.parse('2026-11-01T00:00:00Z');
const made = newCredential(
  { sort: 'certificate', name: 'public-endpoints', commonName: 'x', dnsNames: ['x'], renewed: true },
  { namespace: 'openstack', now: begin },
);
const secret = (name: string, data = made.data ?? {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'openstack' },
  data,
});
const cloud = (status: OsdplstStatus): OpenStackDeploymentStatus => ({
  apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
  kind: OpenStackDeploymentStatusKind.kind,
  metadata: { name: 'osh', namespace: 'openstack' },
  status,
});
const linesOf = (figures: CloudFigures): readonly string[] =>
  figures.gauges().flatMap(({ name, samples }) =>
    samples().map(({ labels, value }) => {
      const said = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
      return `${name}{${said.join(',')}} ${value}`;
    }),
  );

describe('what metrics tell of a cloud', () => {
  it('is read from its status and its certificates', () => {
    const clock = new VirtualClock();
    const figures = new CloudFigures(clock);
    const status: OsdplstStatus = {
      osdpl: { state: 'APPLYING', openstack_version: 'epoxy' },
      services: { compute: { state: 'APPLYING' }, image: { state: 'APPLIED' }, identity: { state: 'APPLIED' } },
      health: {
        nova: { api: { status: 'Ready' }, 'check-services': { status: 'Unhealthy', message: 'down: …' } },
        glance: { api: { status: 'Ready' } },
      },
      credentials: { rotation: { admin: { timestamp: '2026-11-01T00:00:00Z' } } },
    };
    const secrets = [
      secret('openstack-public-tls'),
      secret('generated-public-endpoints'),
      secret('generated-octavia-amphora-ca'),
      secret('generated-octavia-amphora-ca-next'),
      secret('nova-etc'),
      secret('generated-broken', { 'tls.crt': btoa('none') }),
    ];
    figures.note({ namespace: 'demo', name: 'child' }, figuresOf(cloud(status), secrets));
    const end = figuresOf(cloud(status), secrets).certificates['keystone_public'] ?? 0;
    expect(end).toBeGreaterThan(begin / 1000);
    const labels = 'cluster=demo/child,osdpl=osh';
    expect(linesOf(figures)).toEqual([
      `osdpl_version_info{${labels},openstack_version=epoxy} 1`,
      `osdpl_credentials_rotation_timestamp{${labels},type=admin} ${begin / 1000}`,
      `osdpl_certificate_expiry{${labels},identifier=keystone_public} ${end}`,
      `osdpl_certificate_expiry{${labels},identifier=octavia_amphora_ca} ${end}`,
      `keelson_openstack_cloud_state{${labels},state=APPLYING} 1`,
      `keelson_openstack_services{${labels},state=APPLYING} 1`,
      `keelson_openstack_services{${labels},state=APPLIED} 2`,
      `keelson_openstack_applications{${labels}} 2`,
      `keelson_openstack_unready_components{${labels},application=nova,component=check-services,status=Unhealthy} 1`,
    ]);
  });

  it('has the processes of nova, cinder and neutron as their APIs told of them', () => {
    const figures = new CloudFigures(new VirtualClock());
    const processes = rowsIn({
      services: [
        { binary: 'nova-compute', host: 'cmp-1', zone: 'az-1', state: 'up', status: 'disabled' },
        { binary: 'nova-conductor', host: 'nova-conductor-0', state: 'down', status: 'enabled' },
      ],
    });
    const agents = rowsIn({
      agents: [{ binary: 'ovn-controller', host: 'cmp-1', availability_zone: '', alive: true, admin_state_up: true }],
    });
    const checked = [
      { application: 'nova', component: 'check-services', finding: 'Unhealthy', processes },
      { application: 'neutron', component: 'check-agents', finding: 'Ready', processes: agents },
      { application: 'keystone', component: 'check-alive', finding: 'Ready' },
    ] as readonly Checked[];
    figures.note({ namespace: 'demo', name: 'child' }, figuresOf(cloud({}), [], checked));
    const labels = 'cluster=demo/child,osdpl=osh';
    expect(linesOf(figures).filter((line) => line.startsWith('osdpl_'))).toEqual([
      `osdpl_nova_service_state{${labels},host=cmp-1,binary=nova-compute,zone=az-1} 1`,
      `osdpl_nova_service_state{${labels},host=nova-conductor-0,binary=nova-conductor,zone=nova} 0`,
      `osdpl_nova_service_status{${labels},host=cmp-1,binary=nova-compute,zone=az-1} 0`,
      `osdpl_nova_service_status{${labels},host=nova-conductor-0,binary=nova-conductor,zone=nova} 1`,
      `osdpl_neutron_agent_state{${labels},host=cmp-1,binary=ovn-controller,zone=nova} 1`,
      `osdpl_neutron_agent_status{${labels},host=cmp-1,binary=ovn-controller,zone=nova} 1`,
    ]);
  });

  it('is gone five minutes after the cloud, or its cluster, was last seen', async () => {
    const clock = new VirtualClock();
    const figures = new CloudFigures(clock);
    figures.note({ namespace: 'demo', name: 'child' }, figuresOf(cloud({ osdpl: { state: 'APPLIED' } }), []));
    await clock.advance(300_000);
    expect(linesOf(figures)).toHaveLength(2);
    await clock.advance(1_000);
    expect(linesOf(figures)).toEqual([]);
  });
});
