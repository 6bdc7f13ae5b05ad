import {
  apiVersionOf,
  type Namespace,
  NamespaceKind,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type TFOperator,
  TFOperatorKind,
} from '@keelson/api';
import {
  input,
  type Plan,
  progressing,
  type Reader,
  type Reconciler,
  settled,
  type StepTable,
  waitingOn,
} from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { operatorName, sdnNamespace } from '../names.js';

export interface ProposalWorld {
  readonly wantsOpenSdn: boolean;
  readonly hasNamespace: boolean;
  readonly operator: TFOperator | undefined;
}

export type ProposalStep = { readonly type: 'makeNamespace' } | { readonly type: 'propose' };

/** A cloud on OpenSDN gets the TFOperator that the reference's chart would bring; from then on it is the operator's. */
export function proposalReconciler(): Reconciler<OpenStackDeployment, ProposalWorld, ProposalStep> {
  return {
    name: 'sdn/proposal',
    kind: OpenStackDeploymentKind,
    summary: 'Makes the TFOperator of a cloud whose backend is tungstenfabric, unless there is one.',
    inputs: [
      input<TFOperator>({ kind: TFOperatorKind, mapToOwn: everyCloud, relevant: ({ metadata }) => metadata.uid }),
      input<Namespace>({
        kind: NamespaceKind,
        selection: { fieldSelector: `metadata.name=${sdnNamespace}` },
        mapToOwn: everyCloud,
        relevant: ({ metadata }) => metadata.deletionTimestamp,
      }),
    ],
    outputs: [
      { kind: TFOperatorKind, mode: 'shared', verbs: ['create'], namespaces: [sdnNamespace] },
      { kind: NamespaceKind, mode: 'shared', verbs: ['apply'], names: [sdnNamespace] },
    ],
    concurrency: 1,
    resyncSeconds: 3600,
    observe: async (reader, deployment) => ({
      wantsOpenSdn: wantsOpenSdn(deployment),
      hasNamespace: reader.get(NamespaceKind, { name: sdnNamespace }) !== undefined,
      operator: reader.list(TFOperatorKind)[0],
    }),
    plan: planProposal,
    steps: proposalSteps,
    status: () => undefined,
  };
}

/** Whether a cloud's networks are OpenSDN's: by its spec, else by its preset. */
export function wantsOpenSdn({ metadata, spec }: OpenStackDeployment): boolean {
  if (spec.draft || metadata.deletionTimestamp !== undefined) return false;
  return (spec.features?.neutron?.backend ?? backendOfPreset(spec.preset)) === 'tungstenfabric';
}

function backendOfPreset(preset: string): string {
  return preset === 'compute-tf' ? 'tungstenfabric' : 'ml2';
}

/** Pure. */
export function planProposal({ wantsOpenSdn: isWanted, hasNamespace, operator }: ProposalWorld): Plan<ProposalStep> {
  if (!isWanted) return { steps: [], outcome: settled };
  if (operator === undefined) {
    const namespace: readonly ProposalStep[] = hasNamespace ? [] : [{ type: 'makeNamespace' }];
    return { steps: [...namespace, { type: 'propose' }], outcome: progressing() };
  }
  if (operator.status?.state === 'Ready') return { steps: [], outcome: settled };
  const { namespace = '', name } = operator.metadata;
  const on = { kind: TFOperatorKind.kind, namespace, name };
  return { steps: [], outcome: waitingOn(on, 'SdnNotReady', `The networks of the cloud wait for ${name}.`, 3600) };
}

const proposalSteps: StepTable<ProposalStep> = {
  makeNamespace: {
    describe: () => `make the namespace ${sdnNamespace}`,
    run: async (_, writer) => {
      const namespace: Namespace = { apiVersion: 'v1', kind: NamespaceKind.kind, metadata: { name: sdnNamespace } };
      await writer.apply(NamespaceKind, namespace);
    },
  },
  propose: {
    describe: () => `make the TFOperator ${operatorName}`,
    run: async (_, writer) => {
      const kind = TFOperatorKind;
      const metadata = { name: operatorName, namespace: sdnNamespace };
      try {
        await writer.create(kind, { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, spec: defaults });
      } catch (error) {
        if (!isFailure(error, 'conflict')) throw error;
      }
    },
  },
};

const defaults: TFOperator['spec'] = { tfVersion: '24.1', dataStorageClass: 'tungstenfabric-operator-bind-mounts' };

function everyCloud(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(OpenStackDeploymentKind).map(({ metadata }) => metadata);
}
