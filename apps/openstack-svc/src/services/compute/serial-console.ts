import type { Cloud } from '../../cloud/cloud.js';
import { hasService, publicHost } from '../../render/chart.js';
import type { Ini } from '../../render/ini.js';

export const serialPort = 6083;
export const serialName = 'serialproxy';

/** Only machines have serial consoles: of those of guests Nova would take the log away. */
export function hasSerialConsole(cloud: Cloud): boolean {
  return hasService(cloud, 'baremetal') && cloud.spec.features.ironic.console.serial.enabled;
}

/** Where users find them. */
export function serialSections(cloud: Cloud): Ini {
  if (!hasSerialConsole(cloud)) return {};
  const url = `wss://${publicHost(cloud, serialName)}/`;
  return {
    serial_console: { enabled: true, serialproxy_host: '0.0.0.0', serialproxy_port: serialPort, base_url: url },
  };
}
