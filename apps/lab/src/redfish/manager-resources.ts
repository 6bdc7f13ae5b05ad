import type { Server } from '../world/server.js';
import type { MediaName } from '../world/server.state.js';
import { type Resource, collection, fine, link, root } from './resource.js';

export const mediaNames = ['Cd', 'ConfigCd'] as const satisfies readonly MediaName[];

/** Resources at and below `/redfish/v1/Managers/<server>`: its BMC. */
export function managerResource(server: Server, rest: readonly string[]): Resource | undefined {
  const path = `${root}/Managers/${server.state.id}`;
  const [part, id, below] = rest;
  if (below !== undefined) return undefined;
  if (part === undefined) return manager(server, path);
  if (part !== 'VirtualMedia') return undefined;
  const drives = mediaNames.map((name) => drive(server, `${path}/VirtualMedia`, name));
  if (id !== undefined) return drives.find((one) => one['Id'] === id);
  return collection(
    `${path}/VirtualMedia`,
    'VirtualMediaCollection',
    'Virtual media',
    drives.map((one) => one['@odata.id']),
  );
}

/** The chassis, which here is the server's own box. */
export function chassisResource(server: Server, rest: readonly string[]): Resource | undefined {
  if (rest.length > 0) return undefined;
  return {
    '@odata.id': `${root}/Chassis/${server.state.id}`,
    '@odata.type': '#Chassis.v1_23_0.Chassis',
    Id: server.state.id,
    Name: `Chassis of ${server.state.id} (simulated)`,
    ChassisType: 'RackMount',
    Manufacturer: 'Keelson Lab (simulated)',
    Model: server.hardware.model,
    SerialNumber: server.hardware.serialNumber,
    PowerState: server.power,
    Status: fine,
    Links: {
      ComputerSystems: [link(`${root}/Systems/${server.state.id}`)],
      ManagedBy: [link(`${root}/Managers/${server.state.id}`)],
    },
  };
}

function manager(server: Server, path: string): Resource {
  return {
    '@odata.id': path,
    '@odata.type': '#Manager.v1_18_0.Manager',
    Id: server.state.id,
    Name: `BMC of ${server.state.id} (simulated)`,
    ManagerType: 'BMC',
    Manufacturer: 'Keelson Lab (simulated)',
    FirmwareVersion: server.hardware.bmcVersion,
    PowerState: 'On',
    Status: fine,
    VirtualMedia: link(`${path}/VirtualMedia`),
    Links: {
      ManagerForServers: [link(`${root}/Systems/${server.state.id}`)],
      ManagerForChassis: [link(`${root}/Chassis/${server.state.id}`)],
    },
  };
}

function drive(server: Server, folder: string, name: MediaName): Resource {
  const image = server.state.media[name];
  return {
    '@odata.id': `${folder}/${name}`,
    '@odata.type': '#VirtualMedia.v1_6_2.VirtualMedia',
    Id: name,
    Name: name === 'Cd' ? 'Virtual CD to boot from (simulated)' : 'Virtual CD for configuration (simulated)',
    MediaTypes: ['CD', 'DVD'],
    Image: image ?? null,
    ImageName: image?.split('/').at(-1) ?? null,
    Inserted: image !== undefined,
    WriteProtected: true,
    ConnectedVia: image === undefined ? 'NotConnected' : 'URI',
    Actions: {
      '#VirtualMedia.InsertMedia': { target: `${folder}/${name}/Actions/VirtualMedia.InsertMedia` },
      '#VirtualMedia.EjectMedia': { target: `${folder}/${name}/Actions/VirtualMedia.EjectMedia` },
    },
  };
}
