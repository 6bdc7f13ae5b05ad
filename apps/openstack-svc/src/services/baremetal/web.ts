import { authorityPath, hasInternalTls } from '../../cloud/internal-tls.js';
import { addresses, internalUrl } from '../../conventions/addresses.js';
import { type Chart, internalHost } from '../../render/chart.js';

/** Of what a conductor serves to machines, on the address of its provisioning interface. */
export const webPort = 8089;

const agentPath = '/baremetal';

/**
 * Where agents call Ironic's API: the conductor that boots them. A machine knows no names of Services, and nothing that is handed over
 * at boot makes it trust the cloud's own authority: the kernel's command line can only turn checks off (`ipa-insecure`), a file of
 * authorities is put into the image when that is built, and `[agent]api_ca_file` reaches those alone that boot from virtual media.
 * So agents speak plainly over the network by which their kernel has come just as plainly, no further than to the conductor,
 * and the conductor checks whom it asks. Their HTTPS calls to others stay checked: `ipa-insecure` is never set.
 * https://docs.openstack.org/ironic-python-agent/latest/install/index.html
 * https://docs.openstack.org/ironic/latest/configuration/config.html
 */
export const agentApiUrl = `http://$my_ip:${webPort}${agentPath}`;

/** All that an agent asks of the API: its version, who it is, that it lives, and what it has found in the machine. */
const agentCalls = String.raw`^${agentPath}(/|/v1/(lookup|heartbeat/[^/]+|continue_inspection)/?)$`;

/** What machines boot from, over HTTP, and the calls of agents. A result of an inspection is some megabytes large. */
export function webLines(chart: Chart): readonly string[] {
  return [
    'worker_processes 2;',
    'pid /tmp/nginx.pid;',
    'error_log stderr warn;',
    'events { worker_connections 1024; }',
    'http {',
    '  access_log /dev/stdout;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((use) => `  ${use}_temp_path /tmp/${use};`),
    '  server {',
    `    listen ${webPort};`,
    '    root /var/lib/ironic/httpboot;',
    `    location ${agentPath}/ { return 404; }`,
    `    location ~ ${quoted(agentCalls)} {`,
    `      rewrite ^${agentPath}(/.*)$ $1 break;`,
    `      proxy_pass ${internalUrl(chart.cloud, 'ironic')};`,
    ...(hasInternalTls(chart.cloud) ? checked(chart) : []),
    '      proxy_http_version 1.1;',
    '      proxy_connect_timeout 10s;',
    '      proxy_read_timeout 120s;',
    '      client_max_body_size 64m;',
    '    }',
    '  }',
    '}',
  ];
}

/** Braces in an expression would end it. */
const quoted = (expression: string): string => `"${expression}"`;

function checked({ cloud }: Chart): readonly string[] {
  return [
    '      proxy_ssl_server_name on;',
    `      proxy_ssl_name ${internalHost(cloud, addresses.ironic.host)};`,
    `      proxy_ssl_trusted_certificate ${authorityPath};`,
    '      proxy_ssl_verify on;',
    '      proxy_ssl_verify_depth 2;',
  ];
}
