import { join } from 'node:path';

/** Flags of etcd 3.6 and of kube-apiserver and kube-controller-manager 1.33 and 1.34, over the files of one folder. */

/** As the embedded API has it: nobody in particular may ask how the server is and which, and nothing else. */
export const authentication = {
  apiVersion: 'apiserver.config.k8s.io/v1beta1',
  kind: 'AuthenticationConfiguration',
  anonymous: {
    enabled: true,
    conditions: ['/healthz', '/livez', '/readyz', '/version'].map((path) => ({ path })),
  },
};

export function etcdArguments({
  folder,
  client,
  peer,
  asInProduction,
}: {
  readonly folder: string;
  /** Ports. */
  readonly client: number;
  readonly peer: number;
  readonly asInProduction: boolean;
}): readonly string[] {
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    ...(asInProduction ? [] : ['--unsafe-no-fsync']),
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
  ];
}

export function apiserverArguments({
  folder,
  etcd,
  port,
  asInProduction,
}: {
  readonly folder: string;
  /** Port of etcd for clients. */
  readonly etcd: number;
  readonly port: number;
  readonly asInProduction: boolean;
}): readonly string[] {
  const file = (name: string): string => join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${file('certificates')}`,
    `--tls-cert-file=${file('server.crt')}`,
    `--tls-private-key-file=${file('server.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    '--service-cluster-ip-range=10.97.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('accounts.pub')}`,
    `--service-account-signing-key-file=${file('accounts.key')}`,
    '--authorization-mode=RBAC',
    `--authentication-config=${file('authentication.json')}`,
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount',
    ...(asInProduction ? [] : ['--enable-priority-and-fairness=false']),
  ];
}

export function controllerArguments(folder: string): readonly string[] {
  return [
    `--kubeconfig=${join(folder, 'kubeconfig')}`,
    '--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,clusterrole-aggregation-controller',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    '--secure-port=0',
  ];
}
