import type { Cloud } from '../../cloud/cloud.js';
import { daemonChartOf } from '../../render/chart.js';
import { daemonSets, type DaemonSets } from '../../render/node-sets.js';
import { hostPath } from '../../render/pod.js';
import { looksIntoGuests, monitorsFile } from './config.js';

/** Agents on computes. A host that is down is reported by the controller of the cloud, which sees its node. */
export function monitors(cloud: Cloud): DaemonSets {
  const parts = [monitor(cloud, 'instance-monitor', 'masakari-instancemonitor', false)];
  const introspective = monitor(cloud, 'introspective-monitor', 'masakari-introspectiveinstancemonitor', true);
  const all = [...parts, introspective];
  const files = all.flatMap((each) => each.files);
  return {
    daemonSets: all.flatMap((each) => each.daemonSets),
    files: [...new Map(files.map((file) => [file.secret, file])).values()],
  };
}

function monitor(cloud: Cloud, component: string, program: string, isIntrospective: boolean): DaemonSets {
  return daemonSets(cloud, (each) => {
    const chart = daemonChartOf(each, 'instance-ha', 'masakari', program);
    if (isIntrospective && !looksIntoGuests(chart)) return undefined;
    const file = monitorsFile(chart);
    return {
      chart,
      part: {
        name: `masakari-${component}`,
        component,
        roles: ['compute'],
        files: [file],
        host: { network: true },
        maxUnavailable: '10%',
        mounts: [hostPath('run-libvirt', '/run/libvirt', { type: 'DirectoryOrCreate' })],
        containers: [
          {
            name: program,
            image: 'masakari-monitors',
            command: [program, '--config-file', file.path],
            weight: 'agent',
            rights: 'privileged',
          },
        ],
      },
    };
  });
}
