import { eventually, type Installation } from './installation.js';

/** What is read of a ClusterUpdatePlan. */
export interface UpdatePlan {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly steps: readonly { readonly id: string; readonly commence?: boolean }[] };
  readonly status?: {
    readonly status?: string;
    readonly steps?: readonly { readonly id: string; readonly status?: string }[];
  };
}

/** The example: installed, and its six machines ready. */
export async function buildTheExample(here: Installation, withinSeconds: number): Promise<void> {
  await here.must('apply', '-f', here.example);
  await eventually(
    'six machines Ready',
    withinSeconds,
    () => here.json<{ readonly items: readonly Machine[] }>('-n', 'demo', 'get', 'machines'),
    ({ items }) => items.length === 6 && items.every(({ status }) => status?.providerStatus?.status === 'Ready'),
  );
}

interface Machine {
  readonly status?: { readonly providerStatus?: { readonly status?: string } };
}

/** Waits for the update that the example's cluster is offered, and begins all its steps. */
export async function commenceTheUpdate(here: Installation): Promise<string> {
  const { items } = await eventually(
    'an update is offered',
    60,
    () => here.json<{ readonly items: readonly UpdatePlan[] }>('-n', 'demo', 'get', 'clusterupdateplans'),
    (plans) => plans.items.length > 0,
  );
  const [plan] = items;
  if (plan === undefined) throw new Error('no update is offered');
  const { name } = plan.metadata;
  const steps = plan.spec.steps.map((step) => ({ ...step, commence: true }));
  const patch = JSON.stringify({ spec: { steps } });
  await here.must('-n', 'demo', 'patch', 'clusterupdateplan', name, '--type', 'merge', '-p', patch);
  return name;
}

/** Waits until an update is where it is wanted, and gives it. */
export function untilUpdate(
  here: Installation,
  name: string,
  what: string,
  withinSeconds: number,
  isThere: (plan: UpdatePlan) => boolean,
): Promise<UpdatePlan> {
  const look = () => here.json<UpdatePlan>('-n', 'demo', 'get', 'clusterupdateplan', name);
  return eventually(what, withinSeconds, look, isThere);
}
