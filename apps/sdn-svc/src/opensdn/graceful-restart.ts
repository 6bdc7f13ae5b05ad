import type { TfGracefulRestart } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { labelsOf, type Manifest, podTemplate } from './manifests.js';
import { isRestoring, type OpenSdn } from './opensdn.js';

/**
 * Graceful restart is no setting of a container: it is in the global configuration, where the tool `provision_control.py` writes it,
 * which no entry point calls with these options. A Job does, once for what the spec says; its name says what that is.
 */
export function gracefulRestart(sdn: OpenSdn): readonly Manifest[] {
  const wanted = sdn.spec.features?.control?.gracefulRestart;
  if (wanted === undefined || isRestoring(sdn.spec)) return [];
  const component = 'graceful-restart';
  const env = { OPTIONS: optionsOf(wanted).join(' ') };
  const command = ['bash', '-c', writing];
  const containers = [{ name: 'write', image: 'opensdn-provisioner', command, env }];
  const template = podTemplate(sdn, { component, role: 'config', isOnNodeNetwork: true, containers }, {});
  const pod: unknown = Reflect.get(template, 'spec');
  const spec = {
    backoffLimit: 6,
    activeDeadlineSeconds: 3600,
    // Nobody replaces a Job for what its pod would be told anew.
    template: {
      metadata: { labels: labelsOf(component) },
      spec: { ...(typeof pod === 'object' ? pod : {}), restartPolicy: 'Never' },
    },
  };
  const name = `tf-graceful-restart-${sha256Json(spec).slice(0, 10)}`;
  return [
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: sdn.namespace, labels: labelsOf(component) },
      spec,
    },
  ];
}

/** Options that are left out are false, and times 300. */
function optionsOf(wanted: TfGracefulRestart): readonly string[] {
  const { enabled, bgpHelperEnabled, xmppHelperEnabled, restartTime, llgrRestartTime, endOfRibTimeout } = wanted;
  const flag = (isSet: boolean | undefined, name: string) => (isSet === true ? [`--graceful_restart_${name}`] : []);
  const time = (value: number | undefined, name: string) => (value === undefined ? [] : [`--${name} ${value}`]);
  return [
    ...flag(enabled, 'enable'),
    ...flag(bgpHelperEnabled, 'bgp_helper_enable'),
    ...flag(xmppHelperEnabled, 'xmpp_helper_enable'),
    ...time(restartTime, 'graceful_restart_time'),
    ...time(llgrRestartTime, 'long_lived_graceful_restart_time'),
    ...time(endOfRibTimeout, 'end_of_rib_timeout'),
  ];
}

/**
 * The first API that answers will do. With the name of a control node the tool does nothing where that is registered already, and
 * without one it takes that of its own node; no node has this one. `provision_control.py` of OpenSDN-io/tf-controller.
 */
const writing = [
  'source /common.sh',
  'for server in ${CONFIG_NODES//,/ }; do',
  '  /opt/contrail/utils/provision_control.py --host_name global-system-config --router_asn "$BGP_ASN" \\',
  '    --set_graceful_restart_parameters $OPTIONS --api_server_ip "$server" --api_server_port "$CONFIG_API_PORT" \\',
  '    --api_server_use_ssl "$CONFIG_API_SSL_ENABLE" $AUTH_PARAMS && exit 0',
  'done',
  'exit 1',
].join('\n');
