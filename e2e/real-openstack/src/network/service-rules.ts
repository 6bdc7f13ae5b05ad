import { gateway, prefixLength } from './addresses.js';

/** A port of a Service and the pod that answers it now. */
export interface ServicePort {
  readonly address: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly pod: string;
  readonly podPort: number;
}

/**
 * Rules of the machine, as nft reads them, in place of those that are there: what is sent to a Service goes to a pod, and
 * comes from the machine, so that the pod's answer finds its way back through it.
 */
export function serviceRules(ports: readonly ServicePort[]): string {
  const element = ({ address, protocol, port, pod, podPort }: ServicePort): string =>
    `${address} . ${protocol} . ${port} : ${pod} . ${podPort}`;
  const elements = ports.length === 0 ? '' : `elements = { ${ports.map(element).join(', ')} }`;
  const translate = 'dnat ip to ip daddr . meta l4proto . th dport map @services';
  const network = `${gateway.split('.').slice(0, 2).join('.')}.0.0/${prefixLength}`;
  return [
    'table ip services {}',
    'delete table ip services',
    'table ip services {',
    `  map services { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; ${elements} }`,
    `  chain prerouting { type nat hook prerouting priority -100; ${translate}; }`,
    `  chain output { type nat hook output priority -100; ${translate}; }`,
    `  chain postrouting { type nat hook postrouting priority 100; ip saddr ${network} ct status dnat masquerade; }`,
    '}',
    '',
  ].join('\n');
}
