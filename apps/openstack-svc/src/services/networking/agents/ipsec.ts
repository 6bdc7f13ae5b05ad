import type { Cloud, CredentialNeed } from '../../../cloud/cloud.js';
import { commandProbe } from '../../../conventions/probes.js';
import { type Chart, chartOf } from '../../../render/chart.js';
import { type Script, script, textFile } from '../../../render/files.js';
import type { DaemonPart } from '../../../render/node-sets.js';
import { agentPart } from './agents.js';
import { tenantNetworkTypes } from '../backend.js';
import { withTunnelAddress } from '../scripts.js';

/** Known to all nodes, to nobody else. */
export const ipsecKey: CredentialNeed = { sort: 'key', name: 'neutron-ipsec-key', encoding: 'base64', length: 48 };
/** What ESP adds to a packet in transport mode with AES-GCM: header, vector, check value and padding. Bytes. */
export const ipsecOverhead = 40;

const place = '@TUNNEL_ADDRESS@';

/** True where tunnels between nodes are encrypted. */
export function encryptsTunnels({ spec }: Cloud): boolean {
  return spec.features.neutron.ipsec.enabled;
}

export function ipsecScripts(cloud: Cloud): readonly Script[] {
  return encryptsTunnels(cloud) ? [ipsecScript(chartOf(cloud, 'networking', 'neutron'))] : [];
}

/**
 * Encrypts tunnels of tenants between nodes. The kernel asks for keys when a first packet of a tunnel leaves, so that no node need
 * know the others; until there are keys the packet waits. https://docs.strongswan.org/docs/5.9/swanctl/swanctlConf.html
 */
export function ipsecPart(chart: Chart): DaemonPart | undefined {
  const { cloud } = chart;
  if (!encryptsTunnels(cloud)) return undefined;
  const file = textFile(chart, { secret: 'neutron-ipsec-etc', path: '/etc/keelson/swanctl.conf' }, [
    ...connection(cloud),
    ...secret(cloud),
  ]);
  const own = ipsecScript(chart);
  const part = agentPart({
    component: 'ipsec',
    roles: ['network'],
    files: [file],
    scripts: [own],
    container: {
      command: [own.path],
      env: [{ name: 'TUNNEL_INTERFACE', value: cloud.spec.features.neutron.tunnel_interface ?? '' }],
      runAsUser: 0,
      ...commandProbe('sh', '-c', 'swanctl --list-conns | grep -q ^tunnels:'),
    },
  });
  return { ...part, maxUnavailable: 1 };
}

function connection(cloud: Cloud): readonly string[] {
  const types = tenantNetworkTypes(cloud);
  const children = [
    ...(types.includes('vxlan')
      ? [...child('vxlan-out', 'udp', 'udp/4789'), ...child('vxlan-in', 'udp/4789', 'udp')]
      : []),
    ...(types.includes('gre') ? child('gre', 'gre', 'gre') : []),
  ];
  return [
    'connections {',
    '  tunnels {',
    '    version = 2',
    `    local_addrs = ${place}`,
    '    remote_addrs = %any',
    '    proposals = aes256gcm16-prfsha384-ecp384',
    '    dpd_delay = 30s',
    '    local { auth = psk }',
    '    remote { auth = psk }',
    '    children {',
    ...children.map((line) => `      ${line}`),
    '    }',
    '  }',
    '}',
  ];
}

function child(name: string, local: string, remote: string): readonly string[] {
  return [
    `${name} {`,
    '  mode = transport',
    '  start_action = trap',
    '  esp_proposals = aes256gcm16-ecp384',
    `  local_ts = dynamic[${local}]`,
    `  remote_ts = 0.0.0.0/0[${remote}]`,
    '}',
  ];
}

function secret(cloud: Cloud): readonly string[] {
  return ['secrets {', '  ike-tunnels {', `    secret = 0s${cloud.secrets.key(ipsecKey.name)}`, '  }', '}'];
}

function ipsecScript(chart: Chart): Script {
  return script(chart, 'neutron-ipsec.sh', ipsec);
}

export const ipsec = withTunnelAddress(String.raw`
address=$(tunnel_address)
mkdir -p /etc/swanctl /var/run
sed "s|${place}|$address|" /etc/keelson/swanctl.conf > /etc/swanctl/swanctl.conf
chmod 600 /etc/swanctl/swanctl.conf
cat > /tmp/strongswan.conf <<'EOF'
charon {
  load_modular = yes
  plugins {
    include /etc/strongswan.d/charon/*.conf
  }
  filelog {
    stderr {
      default = 1
    }
  }
}
EOF
STRONGSWAN_CONF=/tmp/strongswan.conf /usr/lib/ipsec/charon &
child=$!
trap 'kill -TERM "$child"; wait "$child" || true; exit 0' TERM
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if swanctl --load-all; then break; fi
  sleep 1
done
wait "$child"
`);
