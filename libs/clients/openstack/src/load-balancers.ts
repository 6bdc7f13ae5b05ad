import { isFailure } from '@keelson/std';
import { z } from 'zod';
import { read } from './answers.js';
import type { Session } from './session.js';

/** A load balancer of any provider, as Octavia shows it. */
export interface LoadBalancer {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  /** `ACTIVE`, `ERROR`, `DELETED`, `PENDING_CREATE`, `PENDING_UPDATE` or `PENDING_DELETE`. */
  readonly provisioningStatus: string;
}

/** A server that balances. */
export interface Amphora {
  readonly id: string;
  /** Whose it is; undefined for one that was never given away, or no longer is anybody's. */
  readonly loadBalancer: string | undefined;
  /** `ALLOCATED`, `BOOTING`, `ERROR`, `PENDING_DELETE`, … */
  readonly status: string;
  /** By Octavia's own clock, in a form that sorts as text does. */
  readonly createdAt: string;
}

const type = 'load-balancer';
/** Octavia lists no more than 1000 at once unless it is told otherwise. */
const pageSize = 1000;

const LoadBalancerRow = z.object({
  id: z.string(),
  name: z.string().nullish(),
  project_id: z.string().nullish(),
  provisioning_status: z.string(),
});
const AmphoraRow = z.object({
  id: z.string(),
  loadbalancer_id: z.string().nullish(),
  status: z.string(),
  created_at: z.string().nullish(),
});

/** All load balancers, of every project. @throws Failure as `Session.call` */
export async function loadBalancers(session: Session): Promise<readonly LoadBalancer[]> {
  const schema = z.object({ loadbalancers: z.array(LoadBalancerRow) });
  const rows = await allPages(async (query) => {
    const path = `/v2/lbaas/loadbalancers?${query}`;
    return (await read(session, schema, { type, path })).loadbalancers;
  });
  return rows.map(({ id, name, project_id: project, provisioning_status: provisioningStatus }) => ({
    id,
    name: name ?? '',
    project: project ?? '',
    provisioningStatus,
  }));
}

/** All amphorae. @throws Failure as `Session.call` */
export async function amphorae(session: Session): Promise<readonly Amphora[]> {
  const schema = z.object({ amphorae: z.array(AmphoraRow) });
  const rows = await allPages(async (query) => {
    const path = `/v2/octavia/amphorae?${query}`;
    return (await read(session, schema, { type, path })).amphorae;
  });
  return rows.map(({ id, loadbalancer_id: loadBalancer, status, created_at: createdAt }) => ({
    id,
    loadBalancer: loadBalancer ?? undefined,
    status,
    createdAt: createdAt ?? '',
  }));
}

/**
 * Has all amphorae of a load balancer replaced by new ones, which takes minutes. What is gone needs none.
 *
 * @throws Failure as `Session.call`; transient (409) while something else is done to it
 */
export async function failOver(session: Session, loadBalancer: string): Promise<void> {
  try {
    await session.call({ method: 'PUT', type, path: `/v2/lbaas/loadbalancers/${loadBalancer}/failover` });
  } catch (error) {
    if (!isFailure(error, 'notFound')) throw error;
  }
}

async function allPages<Row extends { readonly id: string }>(
  page: (query: string) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (let marker = ''; ;) {
    const rows = await page(`limit=${pageSize}${marker === '' ? '' : `&marker=${marker}`}`);
    found.push(...rows);
    const last = rows.at(-1);
    if (rows.length < pageSize || last === undefined) return found;
    marker = last.id;
  }
}
