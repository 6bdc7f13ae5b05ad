import { keyOf, type L2Template, L2TemplateKind, SubnetKind } from '@keelson/api';
import {
  type Announcement,
  type Plan,
  type PlanResult,
  type Reader,
  type Reconciler,
  blockedBy,
  input,
  settled,
} from '@keelson/reconcile';
import { isFailure, sha256Json } from '@keelson/std';
import { bookKept } from '../addresses/bookkeeping.js';
import { refOf } from '../inventory/inventory.plan.js';
import { macrosOf, subnetsOf } from './netplan.js';
import { layoutSubnet } from './layout.js';

export interface L2TemplateWorld {
  readonly template: L2Template;
  /** What keeps it from being rendered, as a sentence. */
  readonly problem: string | undefined;
}

/** Nothing is done with a template but to look whether it can be used. */
type NoStep = never;

/** Says whether a network template can be rendered. */
export function l2TemplateReconciler(): Reconciler<L2Template, L2TemplateWorld, NoStep> {
  return {
    name: 'baremetal/l2template',
    kind: L2TemplateKind,
    summary: 'Says whether a network template can be rendered.',
    inputs: [
      input({
        kind: SubnetKind,
        mapToOwn: (subnet, reader) =>
          reader
            .list(L2TemplateKind)
            .filter(
              ({ spec }) =>
                spec.l3Layout?.some(
                  (item) => item.subnetName === subnet.metadata.name || item.labelSelector !== undefined,
                ) === true,
            )
            .map(keyOf),
      }),
    ],
    outputs: [{ kind: L2TemplateKind, mode: 'exclusive', verbs: ['status'] }],
    concurrency: 2,
    resyncSeconds: 3600,
    observe: async (reader, template) => ({ template, problem: problemOf(reader, template) }),
    plan: planL2Template,
    steps: {},
    status: l2TemplateStatus,
    events: l2TemplateEvents,
  };
}

export function planL2Template({ template, problem }: L2TemplateWorld): Plan<NoStep> {
  return {
    steps: [],
    outcome: problem === undefined ? settled : blockedBy(refOf('L2Template', template), 'TemplateInvalid', problem),
  };
}

/** What is wrong with a template whatever the host: macros, and Subnets that the layout does not have. */
function problemOf(reader: Reader, template: L2Template): string | undefined {
  const text = template.spec.npTemplate;
  if (text === undefined || text.trim() === '') return 'spec.npTemplate is empty. Write a netplan text with macros.';
  try {
    for (const name of subnetsOf(macrosOf(text))) {
      if (template.spec.l3Layout?.some((item) => item.subnetName === name) !== true)
        return `A macro names the Subnet ${name}, which spec.l3Layout does not have. Add it there.`;
      layoutSubnet(reader, template, template.metadata.namespace ?? '', name);
    }
    return undefined;
  } catch (error) {
    if (isFailure(error)) return error.message;
    throw error;
  }
}

export function l2TemplateStatus(
  { template, problem }: L2TemplateWorld,
  result: PlanResult<NoStep>,
): NonNullable<L2Template['status']> {
  const specHash = sha256Json(template.spec).slice(0, 32);
  const phase =
    template.metadata.deletionTimestamp === undefined ? (problem === undefined ? 'Ready' : 'Failed') : 'Terminating';
  const status = { phase, ...(problem === undefined ? {} : { reason: problem }), specHash } as const;
  return bookKept(template.status, status, result.now);
}

function l2TemplateEvents({ problem }: L2TemplateWorld): readonly Announcement[] {
  return problem === undefined ? [] : [{ type: 'Warning', reason: 'TemplateInvalid', message: problem }];
}
