import { join } from 'node:path';
import type { KubeApi } from '@keelson/kube';
import { systemClock } from '@keelson/std';
import type { Component, Workload } from '../supervision/component.js';
import { ensureDeployments } from '../deployments/deployments.js';
import type { Layout } from '../layout.js';
import { ensureManifests } from '../deployments/manifests.js';
import { versionOf } from '../deployments/versions.js';

/** The Kubernetes API that this installation's services run on: embedded, or one that others run. */
export interface ManagementApi {
  /** As services and hosts reach it. */
  readonly server: string;
  /** File with its authority; undefined where the system's own authorities are trusted. */
  readonly caFile: string | undefined;
  /** The kubeconfig file of a service: it is to the API the service account of its name in keelson-system. */
  kubeconfigOf(service: string): string;
  /** What runs here for it. It has given the API our definitions, accounts and releases when it is ready. */
  component(workloads: readonly Workload[]): Component;
}

/** Name of its component, whoever runs the API. */
export const managementName = 'kube-api';

/** Gives an API everything that it needs to know of us. Repeatable: what is as it should be costs no write. */
export async function provisionApi(api: KubeApi, layout: Layout, workloads: readonly Workload[]): Promise<void> {
  await ensureManifests(api, join(layout.root, 'deploy'), systemClock);
  await ensureDeployments(api, workloads, versionOf(layout.root));
}
