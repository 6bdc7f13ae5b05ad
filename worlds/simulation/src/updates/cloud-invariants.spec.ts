import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SavedCloud } from '@keelson/lab';
import type { Stored } from '@keelson/kube-server';
import { CloudInvariants, type CloudTruth } from './cloud-invariants.js';

type Instance = SavedCloud['instances'][number];

const apis = [
  ['keystone', 'api'],
  ['nova', 'os-api'],
  ['neutron', 'server'],
  ['glance', 'api'],
  ['placement', 'api'],
] as const;

/** Mistakes that the real openstack-svc does not make: each must be found, or clouds that hold say nothing. */
describe('the oracles of a cloud under update', () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
  });

  it('find nothing where all is well', () => {
    cloud.restart('wk-3');
    cloud.looks(120);
    cloud.invariants.over();
    expect(cloud.found).toEqual([]);
  });

  it('find a host that restarts with an instance on it, unless that is shut off', () => {
    cloud.restart('wk-1');
    cloud.instances.splice(0, 1, anInstance('one', 'node-1', 'SHUTOFF'));
    cloud.restart('wk-1');
    expect(cloud.found).toEqual(['drain: wk-1 restarts while the instance one is on it, ACTIVE']);
  });

  it('find an instance that is lost or has failed', () => {
    cloud.instances.splice(0, 2, { ...anInstance('two', 'node-2', 'ERROR'), fault: 'no valid host' });
    cloud.looks(5);
    expect(cloud.found).toEqual([
      'drain: the instance id-one is lost',
      'drain: the instance two has failed: no valid host',
    ]);
  });

  it('find an API without a ready pod for more than a minute, when no host is down by itself', () => {
    cloud.pods = cloud.pods.filter(({ metadata }) => metadata.labels?.['application'] !== 'nova');
    cloud.looks(60);
    expect(cloud.found).toEqual([]);
    cloud.looks(10);
    expect(cloud.found).toEqual([
      'budget: no pod of nova-os-api has been ready for 60 s, and no host is down by itself',
    ]);
  });

  it('find no fault in an API whose hosts lost power, until they have had time to recover', () => {
    cloud.pods = [];
    cloud.down.add('wk-1');
    cloud.looks(300);
    cloud.down.clear();
    cloud.looks(900);
    expect(cloud.found).toEqual([]);
    cloud.looks(90);
    expect(cloud.found).toHaveLength(apis.length);
  });

  it('find what is left when an update is over', () => {
    cloud.locks = [lockOf('openstack-node-1', 'inactive'), lockOf('night-shift', 'inactive')];
    cloud.computes = {
      'node-2': { serviceId: '1', isSeeded: false, disabled: true, reason: 'maintenance', forcedDown: false },
    };
    cloud.isWell = false;
    cloud.invariants.over();
    expect(cloud.found).toEqual([
      'convergence: the update is over, but the lock openstack-node-1 is inactive',
      'convergence: the update is over, but nova-compute on node-2 is disabled: maintenance',
      'convergence: the update is over, but the cloud is not well',
    ]);
  });
});

const workers = [1, 2, 3].map(
  (n) => [`wk-${n}`, { version: 'v1.31.9', role: 'worker' as const, node: `node-${n}` }] as const,
);

/** A cloud of two instances on three workers, as nobody but its hosts knows it. */
class Cloud {
  readonly found: string[] = [];
  readonly instances = [anInstance('one', 'node-1', 'ACTIVE'), anInstance('two', 'node-2', 'ACTIVE')];
  readonly down = new Set<string>();
  computes: SavedCloud['computes'] = {};
  pods = apis.map(([application, component]) => podOf(application, component));
  locks = [lockOf('openstack-node-1', 'active')];
  isWell = true;
  readonly invariants: CloudInvariants;
  #now = 0;

  constructor() {
    const truth: CloudTruth = {
      clock: { now: () => this.#now },
      hosts: {
        names: ['wk-1', 'wk-2', 'wk-3'],
        cloud: () => ({
          instances: this.instances,
          computes: this.computes,
          collections: {},
          disabledAgents: [],
          disabledReasons: {},
        }),
        versions: () => new Map(workers),
        stored: (resource) => (resource === 'pods' ? this.pods : this.locks),
        isUp: (machine) => !this.down.has(machine),
        isRestarting: () => false,
      },
      isCloudWell: () => this.isWell,
    };
    this.invariants = new CloudInvariants(truth, (oracle, what) => {
      if (!this.found.includes(`${oracle}: ${what}`)) this.found.push(`${oracle}: ${what}`);
    });
  }

  restart(machine: string): void {
    this.invariants.host({ type: 'restarts', machine });
  }

  /** Lets so many seconds pass, with a look every five. */
  looks(seconds: number): void {
    for (let i = 0; i < seconds; i += 5) {
      this.#now += 5_000;
      this.invariants.look();
    }
  }
}

function anInstance(name: string, host: string, status: Instance['status']): Instance {
  return {
    id: `id-${name}`,
    name,
    host,
    status,
    zone: 'nova',
    project: 'demo',
    flavor: 'm1.tiny',
    tags: [],
    metadata: {},
    locked: false,
    createdAt: 0,
    updatedAt: 0,
    image: 'cirros',
    address: '10.0.0.5',
  };
}

function podOf(application: string, component: string): Stored {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  return stored('Pod', `${application}-${component}`, { status }, { application, component });
}

function lockOf(name: string, state: string): Stored {
  return stored('NodeWorkloadLock', name, { status: { state } });
}

function stored(kind: string, name: string, more: object, labels: Readonly<Record<string, string>> = {}): Stored {
  const metadata = {
    name,
    labels,
    uid: `uid-${name}`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind, metadata, ...more };
}
