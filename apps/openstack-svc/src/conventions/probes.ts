import type { Probe } from '../render/kubernetes.js';

/** An HTTP answer below 400, which 300 is too. */
export function httpProbe(
  port: number,
  path = '/',
  scheme?: 'HTTPS',
): Pick<Required<ProbeSet>, 'ready' | 'alive' | 'started'> {
  return probes({ httpGet: { path, port, ...(scheme === undefined ? {} : { scheme }) } });
}

/** A port that accepts connections. */
export function tcpProbe(port: number): Pick<Required<ProbeSet>, 'ready' | 'alive' | 'started'> {
  return probes({ tcpSocket: { port } });
}

/** A command that ends with 0. */
export function commandProbe(...command: readonly string[]): Pick<Required<ProbeSet>, 'ready' | 'alive' | 'started'> {
  return probes({ exec: { command: [...command] } });
}

interface ProbeSet {
  readonly ready?: Probe;
  readonly alive?: Probe;
  readonly started?: Probe;
}

/**
 * Starting may take five minutes: an API imports for 20 to 30 seconds on a loaded node. After that it is out of rotation
 * within 30 seconds and restarted after five minutes, so that a slow database does not restart everything in front of it.
 */
function probes(how: Probe): Required<ProbeSet> {
  return {
    started: { ...how, periodSeconds: 5, timeoutSeconds: 10, failureThreshold: 60 },
    ready: { ...how, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 3 },
    alive: { ...how, periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 10 },
  };
}
