import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverOf } from '@keelson/kube';
import { systemClock, terminal } from '@keelson/std';
import { dump } from 'js-yaml';
import { kubeApiOf } from '../credentials/access.js';
import type { Layout } from '../layout.js';
import { nodeProgram } from '../supervision/node-program.js';
import { writePrivate } from '../credentials/secrets.js';
import { type ManagementApi, managementName, provisionApi } from './management-api.js';
import { lackingTokens, tokenFileOf } from './tokens.js';

/**
 * An API that others run, by the kubeconfig of one of its administrators, of which a private copy is kept. Services show who
 * they are by tokens of their accounts, which a process of ours keeps fresh.
 *
 * @throws Failure terminal when the file is not there or cannot be used
 */
export function foreignApi(layout: Layout, path: string): ManagementApi {
  if (!existsSync(path)) throw terminal(`there is no kubeconfig at ${path}`);
  const kubeconfig = readFileSync(path, 'utf8');
  const { server, caPem } = serverOf({ kubeconfig }, systemClock);
  writePrivate(layout.kubeconfig, kubeconfig);
  const caFile = caPem === undefined ? undefined : join(layout.secrets, 'management-ca.crt');
  if (caFile !== undefined && caPem !== undefined) writePrivate(caFile, caPem);
  return {
    server,
    caFile,
    kubeconfigOf: (service) => {
      const file = join(layout.secrets, 'kubeconfigs', service);
      writePrivate(file, kubeconfigText({ server, caFile, user: service, tokenFile: tokenFileOf(layout, service) }));
      return file;
    },
    component: (workloads) => {
      const services = workloads.flatMap((workload) => workload.services);
      return {
        ...nodeProgram(join(layout.root, 'apps/cli/dist/embedded/management/tokens-main.js'), ...services),
        name: managementName,
        title: `Kubernetes API at ${server}`,
        after: [],
        env: { KEELSON_HOME: layout.home },
        prepare: () => provisionApi(kubeApiOf(layout.kubeconfig), layout, workloads),
        probe: () => Promise.resolve(lackingTokens(layout, services, systemClock.now())),
      };
    },
  };
}

function kubeconfigText(to: {
  readonly server: string;
  readonly caFile: string | undefined;
  readonly user: string;
  readonly tokenFile: string;
}): string {
  const authority = to.caFile === undefined ? {} : { 'certificate-authority': to.caFile };
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'management', cluster: { server: to.server, ...authority } }],
    users: [{ name: to.user, user: { tokenFile: to.tokenFile } }],
    contexts: [{ name: 'management', context: { cluster: 'management', user: to.user } }],
    'current-context': 'management',
  });
}
