import {
  type OpenStackDeployment,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import type { AdminCredential, Farewell } from '@keelson/mosk';
import { input } from '@keelson/reconcile';
import { adminCredentialIn } from '../credentials/admin.js';
import { cloudNamespaces } from '../names.js';
import type { HypervisorsOf } from './nodelock.observe.js';

/** A node that is gone leaves the cloud's own memory too. */
export function farewellOver(hypervisorsOf: HypervisorsOf): Farewell<OpenStackDeployment, AdminCredential> {
  return {
    inputs: [
      input<OpenStackDeploymentStatus>({ kind: OpenStackDeploymentStatusKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, selection: { namespaces: cloudNamespaces }, mapToOwn: () => [] }),
    ],
    givenFor: (reader, { metadata }) =>
      reader.get(OpenStackDeploymentStatusKind, metadata)?.status?.services?.['compute'] === undefined
        ? undefined
        : adminCredentialIn(reader),
    describe: (node) => `take ${node}, which is gone, out of nova, neutron and placement`,
    run: (node, credential) => hypervisorsOf(credential).removeHost(node),
  };
}
