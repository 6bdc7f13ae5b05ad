import { rfc3339 } from '@keelson/std';
import type { SimulatedCloud } from '../cloud.js';
import {
  type CloudRequest,
  type CloudResponse,
  type Doc,
  clash,
  docAt,
  done,
  isDoc,
  ok,
  refused,
  textAt,
  type Route,
} from '../exchange.js';
import { flavorOf } from './flavors.js';
import type { Instance } from './servers.js';

type Action = (cloud: SimulatedCloud, instance: Instance, given: Doc) => CloudResponse | undefined;

/** `POST /servers/<id>/action`: the body's one member is the action. */
export function serverActions(cloud: SimulatedCloud, instance: Instance, { body }: CloudRequest): CloudResponse {
  const [name = ''] = isDoc(body) ? Object.keys(body) : [];
  const action = actions[name];
  if (action === undefined) throw refused(`There is no such action: ${name}`);
  if (instance.locked && name !== 'unlock') throw clash(`Instance ${instance.id} is locked`);
  const answer = action(cloud, instance, docAt(body, name)) ?? done(202);
  cloud.instances.touch(instance);
  return answer;
}

const actions: Readonly<Record<string, Action>> = {
  'os-migrateLive': liveMigrate,
  migrate: coldMigrate,
  evacuate,
  resize,
  confirmResize(_cloud, instance) {
    requireStatus(instance, 'confirmResize', ['VERIFY_RESIZE']);
    settle(instance);
    return done(204);
  },
  revertResize,
  'os-start': becoming('os-start', ['SHUTOFF'], 'ACTIVE'),
  'os-stop': becoming('os-stop', ['ACTIVE', 'ERROR'], 'SHUTOFF'),
  pause: becoming('pause', ['ACTIVE'], 'PAUSED'),
  unpause: becoming('unpause', ['PAUSED'], 'ACTIVE'),
  reboot: becoming('reboot', ['ACTIVE', 'SHUTOFF', 'PAUSED'], 'ACTIVE'),
  'os-resetState'(_cloud, instance, given) {
    instance.status = textAt(given, 'state') === 'active' ? 'ACTIVE' : 'ERROR';
    instance.task = null;
    return undefined;
  },
  lock(_cloud, instance) {
    instance.locked = true;
    return undefined;
  },
  unlock(_cloud, instance) {
    instance.locked = false;
    return undefined;
  },
  'os-getConsoleOutput': (_cloud, { name }) => ok({ output: `${name} login: (simulated, nothing runs)\n` }),
};

function becoming(action: string, from: readonly Instance['status'][], to: Instance['status']): Action {
  return (_cloud, instance) => {
    requireStatus(instance, action, from);
    instance.status = to;
    return undefined;
  };
}

function requireStatus(instance: Instance, action: string, allowed: readonly Instance['status'][]): void {
  const { id, status, task } = instance;
  if (!allowed.includes(status))
    throw clash(`Cannot '${action}' instance ${id} while it is in vm_state ${status.toLowerCase()}`);
  if (task !== null) throw clash(`Cannot '${action}' instance ${id} while it is in task_state ${task}`);
}

function liveMigrate(cloud: SimulatedCloud, instance: Instance, given: Doc): undefined {
  requireStatus(instance, 'os-migrateLive', ['ACTIVE', 'PAUSED']);
  requireUp(cloud, instance.host);
  cloud.migrations.live(instance, destinationOf(cloud, instance, given));
}

function coldMigrate(cloud: SimulatedCloud, instance: Instance, given: Doc): undefined {
  requireStatus(instance, 'migrate', ['ACTIVE', 'SHUTOFF']);
  requireUp(cloud, instance.host);
  cloud.migrations.cold(instance, destinationOf(cloud, instance, given));
}

/** The flavor is the new one when the instance has moved, and so when it waits for its confirmation. */
function resize(cloud: SimulatedCloud, instance: Instance, given: Doc): undefined {
  requireStatus(instance, 'resize', ['ACTIVE', 'SHUTOFF']);
  const flavor = flavorOf(cloud, textAt(given, 'flavorRef')?.split('/').at(-1) ?? '');
  if (flavor.id === instance.flavor.id) throw refused('When resizing, instances must change flavor!');
  requireUp(cloud, instance.host);
  cloud.migrations.cold(instance, cloud.destinationFor({ ...instance, flavor }), flavor);
}

function revertResize(cloud: SimulatedCloud, instance: Instance): undefined {
  requireStatus(instance, 'revertResize', ['VERIFY_RESIZE']);
  if (instance.previousHost !== undefined) cloud.instances.move(instance, instance.previousHost);
  instance.flavor = instance.previousFlavor ?? instance.flavor;
  settle(instance);
}

function settle(instance: Instance): void {
  instance.status = 'ACTIVE';
  instance.previousHost = undefined;
  instance.previousFlavor = undefined;
}

function evacuate(cloud: SimulatedCloud, instance: Instance, given: Doc): CloudResponse {
  requireStatus(instance, 'evacuate', ['ACTIVE', 'SHUTOFF', 'ERROR', 'PAUSED']);
  if (cloud.compute(instance.host)?.up === true) throw refused(`Compute service of ${instance.host} is still in use.`);
  cloud.migrations.evacuate(instance, destinationOf(cloud, instance, given));
  return ok({ adminPass: 'simulated' });
}

/** The host that was asked for, which must be able to take it, or the scheduler's choice. */
function destinationOf(cloud: SimulatedCloud, instance: Instance, given: Doc): string | undefined {
  const asked = textAt(given, 'host');
  if (asked === undefined) return cloud.destinationFor(instance);
  if (asked === instance.host) throw refused('The instance is on that host already.');
  requireUp(cloud, asked);
  return asked;
}

function requireUp(cloud: SimulatedCloud, host: string): void {
  const compute = cloud.compute(host);
  if (compute === undefined) throw refused(`Compute host ${host} could not be found.`);
  if (!compute.up) throw refused(`Compute service of ${host} is unavailable at this time.`);
}

/** Consoles, and what was done to a server: the lab keeps no record of that. */
export function consoleRoutes(instanceOf: (id: string) => Instance): readonly Route[] {
  return [
    [
      'POST',
      '/v2.1/servers/:id/remote-consoles',
      ({ body }, { id = '' }) => {
        const { protocol = 'vnc', type = 'novnc' } = docAt(body, 'remote_console');
        const url = `https://console.invalid/simulated?token=${instanceOf(id).id}`;
        return ok({ remote_console: { protocol, type, url } });
      },
    ],
    [
      'GET',
      '/v2.1/servers/:id/os-instance-actions',
      (_, { id = '' }) => ok({ instanceActions: [created(instanceOf(id))] }),
    ],
  ];
}

function created({ id, project, createdAt, updatedAt }: Instance): Doc {
  const at = { start_time: rfc3339(createdAt), updated_at: rfc3339(updatedAt) };
  const who = { instance_uuid: id, project_id: project, user_id: 'simulated', request_id: `req-${id}` };
  return { action: 'create', message: null, ...who, ...at };
}
