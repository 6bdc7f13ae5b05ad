import type { Clock, Log, Random } from '@keelson/std';

/** How to reach a Kubernetes API over HTTP, and with what. */
export type HttpKubeOptions = HttpKubeSurroundings & (KubeconfigAccess | ServerAccess);

export interface HttpKubeSurroundings {
  /**
   * Deadlines of requests and watches run on it. It is the clock of the network: give the machine's own even where the
   * rest of a world runs faster than life, or its requests are given up before the server can answer.
   */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Sent with every request; up to its first slash it is the field manager of writes that name none. */
  readonly userAgent: string;
  /** The whole of a request other than a watch; 30 s when absent. */
  readonly requestTimeoutMs?: number;
}

export interface KubeconfigAccess {
  /** The text of a kubeconfig. */
  readonly kubeconfig: string;
  /** Which context; the current one when absent. */
  readonly context?: string;
  /** Where relative paths in it start: the folder of the file. Without it paths must be absolute. */
  readonly directory?: string;
}

export interface ServerAccess {
  /** URL of the API server; https, or http on a loopback address. */
  readonly server: string;
  /** PEM; the system's trust store when absent. */
  readonly certificateAuthority?: string;
  /** Bearer token; a function is asked anew for every request, so that a renewed token is used at once. */
  readonly token?: string | (() => string);
}
