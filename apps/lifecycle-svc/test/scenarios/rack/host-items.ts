import type { Runner, StateItem } from '@keelson/agent';
import { type ClusterWorld, clusterParams, isClusterItem, pkiOf } from '@keelson/lab';
import { sleep } from '@keelson/std';
import type { HermeticCluster } from '@keelson/testing';

/** What the items of hosts do, simulated: they take three seconds, and those of Kubernetes make the host a member of its cluster. */
export class HostItems {
  /** Runs so far, as `machine/item`. */
  readonly ran: string[] = [];
  /** How the next runs of `machine/item` end: exit codes, first come first served. */
  readonly failures = new Map<string, number[]>();
  readonly #options: { readonly world: HermeticCluster; readonly clusters: ClusterWorld };

  constructor(options: { readonly world: HermeticCluster; readonly clusters: ClusterWorld }) {
    this.#options = options;
  }

  runner(server: string, machine: string): Runner {
    return {
      run: async (item, context) => {
        await sleep(this.#options.world.clock, 3_000, context.signal);
        this.ran.push(`${machine}/${item.name}`);
        const code = this.failures.get(`${machine}/${item.name}`)?.shift();
        if (code !== undefined) return { exitCode: code, message: 'the scenario wants it so' };
        try {
          if (isClusterItem(item)) await this.#join(server, item, (name) => context.readSecret(name));
          return { exitCode: 0, message: 'simulated' };
        } catch (error) {
          return { exitCode: 1, message: String(error) };
        }
      },
    };
  }

  async #join(
    server: string,
    item: StateItem,
    readSecret: (name: string) => Promise<Readonly<Record<string, string>>>,
  ): Promise<void> {
    const { clusters } = this.#options;
    const { role, host, port, clusterName: name, kubernetesVersion, pkiSecret, member: joining } = clusterParams(item);
    const member = { ...joining, kubernetesVersion };
    if (role !== 'init') return clusters.join({ server, host, port, member });
    clusters.init({
      server,
      host,
      port,
      member,
      name,
      kubernetesVersion,
      pki: pkiOf(await readSecret(pkiSecret ?? '')),
    });
  }
}
