import { BenchCloud } from './openstack-cloud.js';

export interface ApplyFigures {
  readonly preset: string;
  /** Virtual time from the operator's write to APPLIED; most of it is the lab's pods that start. */
  readonly firstSeconds: number;
  readonly firstWrites: number;
  /** Of these those of statuses. */
  readonly firstStatusWrites: number;
  /** The same after one field was changed that reconfigures one service. */
  readonly changeSeconds: number;
  readonly changeWrites: number;
  /** Of these those of statuses. */
  readonly changeStatusWrites: number;
  /** In an hour in which nothing changes. */
  readonly restWrites: number;
}

/** A small cloud: how long a spec takes to be true, and at how many writes of the Kubernetes API. */
export async function applying(preset: string): Promise<ApplyFigures> {
  const cloud = await BenchCloud.open({ computes: 3, serversPerCompute: 0, zones: 1 });
  try {
    await cloud.start();
    if (preset === 'compute-tf') await cloud.handOverSdn();
    await cloud.applyCloud(preset);
    const firstSeconds = await untilApplied(cloud);
    const first = cloud.calls.filter(({ verb }) => verb !== 'get');
    // Health settles.
    await cloud.clock.advance(600_000);
    const mark = cloud.calls.length;
    await cloud.applyCloud(preset, { logging: { nova: { level: 'DEBUG' } } });
    const changeSeconds = await untilApplied(cloud);
    const change = cloud.calls.slice(mark).filter(({ verb }) => verb !== 'get');
    await cloud.clock.advance(600_000);
    const rest = cloud.calls.length;
    await cloud.clock.advance(3_600_000);
    return {
      preset,
      firstSeconds,
      firstWrites: first.length,
      firstStatusWrites: first.filter(({ isStatus }) => isStatus).length,
      changeSeconds,
      changeWrites: change.length,
      changeStatusWrites: change.filter(({ isStatus }) => isStatus).length,
      restWrites: cloud.writesSince(rest),
    };
  } finally {
    await cloud.close();
  }
}

/** A change shows as APPLYING first. */
async function untilApplied(cloud: BenchCloud): Promise<number> {
  const state = async (): Promise<string | undefined> => (await cloud.status())?.osdpl?.state;
  const begun = await cloud.until('the cloud takes the change up', async () => (await state()) === 'APPLYING', 60);
  return begun + (await cloud.until('the cloud is applied', async () => (await state()) === 'APPLIED'));
}
