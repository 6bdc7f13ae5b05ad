import type { Server } from '../world/server.js';
import { type Resource, collection, fine, link, root } from './resource.js';
import { type Sessions, timeoutSeconds } from './sessions.js';

/** Everything that belongs to no server. */
export function serviceResource(
  path: string,
  servers: ReadonlyMap<string, Server>,
  sessions: Sessions,
): Resource | undefined {
  const under = (folder: string): readonly string[] => [...servers.keys()].map((id) => `${root}/${folder}/${id}`);
  switch (path) {
    case root:
      return serviceRoot();
    case `${root}/Systems`:
      return collection(path, 'ComputerSystemCollection', 'Systems', under('Systems'));
    case `${root}/Managers`:
      return collection(path, 'ManagerCollection', 'Managers', under('Managers'));
    case `${root}/Chassis`:
      return collection(path, 'ChassisCollection', 'Chassis', under('Chassis'));
    case `${root}/SessionService`:
      return {
        '@odata.id': path,
        '@odata.type': '#SessionService.v1_1_8.SessionService',
        Id: 'SessionService',
        Name: 'Sessions',
        ServiceEnabled: true,
        SessionTimeout: timeoutSeconds,
        Sessions: link(`${path}/Sessions`),
        Status: fine,
      };
    case `${root}/SessionService/Sessions`:
      return collection(
        path,
        'SessionCollection',
        'Sessions',
        sessions.list().map((session) => `${path}/${session.id}`),
      );
    case `${root}/UpdateService`:
      return {
        '@odata.id': path,
        '@odata.type': '#UpdateService.v1_11_0.UpdateService',
        Id: 'UpdateService',
        Name: 'Firmware (simulated, read only)',
        ServiceEnabled: true,
        FirmwareInventory: link(`${path}/FirmwareInventory`),
        Status: fine,
      };
    case `${root}/UpdateService/FirmwareInventory`:
      return collection(
        path,
        'SoftwareInventoryCollection',
        'Firmware',
        firmware(servers).map((item) => item['@odata.id']),
      );
    case `${root}/TaskService`:
      return {
        '@odata.id': path,
        '@odata.type': '#TaskService.v1_2_0.TaskService',
        Id: 'TaskService',
        Name: 'Tasks',
        ServiceEnabled: true,
        Tasks: link(`${path}/Tasks`),
        Status: fine,
      };
    case `${root}/TaskService/Tasks`:
      // Every action of this service is done when it is answered, so there is never a task.
      return collection(path, 'TaskCollection', 'Tasks', []);
    default:
      return oneOfMany(path, servers, sessions);
  }
}

function oneOfMany(path: string, servers: ReadonlyMap<string, Server>, sessions: Sessions): Resource | undefined {
  if (path.startsWith(`${root}/UpdateService/FirmwareInventory/`))
    return firmware(servers).find((item) => item['@odata.id'] === path);
  const session = sessions.byId(path.slice(`${root}/SessionService/Sessions/`.length));
  if (session === undefined || !path.startsWith(`${root}/SessionService/Sessions/`)) return undefined;
  return {
    '@odata.id': path,
    '@odata.type': '#Session.v1_7_0.Session',
    Id: session.id,
    Name: `Session ${session.id}`,
    UserName: session.username,
  };
}

function serviceRoot(): Resource {
  return {
    '@odata.id': `${root}/`,
    '@odata.type': '#ServiceRoot.v1_16_0.ServiceRoot',
    Id: 'RootService',
    Name: 'Keelson lab (simulated data centre)',
    RedfishVersion: '1.18.0',
    UUID: '4b65656c-736f-4e4c-8162-000000000000',
    Vendor: 'Keelson Lab (simulated)',
    Product: 'Keelson Lab',
    ProtocolFeaturesSupported: {
      ExpandQuery: { ExpandAll: true, Levels: true, Links: false, MaxLevels: 2, NoLinks: true },
      FilterQuery: false,
      SelectQuery: false,
    },
    Systems: link(`${root}/Systems`),
    Managers: link(`${root}/Managers`),
    Chassis: link(`${root}/Chassis`),
    SessionService: link(`${root}/SessionService`),
    UpdateService: link(`${root}/UpdateService`),
    Tasks: link(`${root}/TaskService`),
    Links: { Sessions: link(`${root}/SessionService/Sessions`) },
  };
}

function firmware(servers: ReadonlyMap<string, Server>): readonly Resource[] {
  const item = (id: string, name: string, version: string): Resource => ({
    '@odata.id': `${root}/UpdateService/FirmwareInventory/${id}`,
    '@odata.type': '#SoftwareInventory.v1_10_0.SoftwareInventory',
    Id: id,
    Name: `${name} (simulated)`,
    Version: version,
    Updateable: false,
    Status: fine,
  });
  return [...servers.values()].flatMap(({ state, hardware }) => [
    item(`${state.id}-BIOS`, `BIOS of ${state.id}`, hardware.biosVersion),
    item(`${state.id}-BMC`, `BMC of ${state.id}`, hardware.bmcVersion),
  ]);
}
