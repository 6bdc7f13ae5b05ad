import type { KubeObject } from '@keelson/api';
import { z } from 'zod';

/** What a PersistentVolumeClaim, or a template of some, asks for. */
export interface Claim {
  readonly name: string;
  readonly storageClass: string | undefined;
  /** A quantity, such as `5Gi`. */
  readonly size: string | undefined;
}

const ClaimSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z
    .object({
      storageClassName: z.string().optional(),
      resources: z.object({ requests: z.object({ storage: z.string().optional() }).optional() }).optional(),
    })
    .optional(),
});
const SetSchema = z.object({ spec: z.object({ volumeClaimTemplates: z.array(ClaimSchema).optional() }) });

/** What an object claims: a StatefulSet for each of its pods, or a claim itself. */
export function claimsIn(object: KubeObject): readonly Claim[] {
  if (object.kind === 'PersistentVolumeClaim') return claimOf(ClaimSchema.safeParse(object).data);
  if (object.kind !== 'StatefulSet') return [];
  return (SetSchema.safeParse(object).data?.spec.volumeClaimTemplates ?? []).flatMap(claimOf);
}

function claimOf(claim: z.infer<typeof ClaimSchema> | undefined): readonly Claim[] {
  if (claim === undefined) return [];
  const { storageClassName: storageClass, resources } = claim.spec ?? {};
  return [{ name: claim.metadata.name, storageClass, size: resources?.requests?.storage }];
}

const powers: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity in bytes; undefined for what is none. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export function bytesOf(quantity: string | undefined): number | undefined {
  const [, number = '', suffix = ''] = /^(\d+(?:\.\d+)?(?:e\d+)?)([A-Za-z]*)$/.exec(quantity ?? '') ?? [];
  const power = powers[suffix];
  return number === '' || power === undefined ? undefined : Number(number) * power;
}
