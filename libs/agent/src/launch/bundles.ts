/** One version of the agent as it lies on the host; without a digest it is the one that came with the host. */
export interface Bundle {
  readonly version: string;
  readonly sha256?: string;
}

/**
 * What the launcher remembers on the host's disk. It is replaced as a whole with every change, so whatever dies in the
 * middle, the next start finds the state before or the state after.
 */
export interface Bundles {
  /** The last version that has proven to work. */
  readonly current: Bundle;
  /** The one before it, kept on the disk. */
  readonly previous?: Bundle;
  /** A version that must still prove itself. */
  readonly candidate?: { readonly bundle: Bundle; readonly starts: number };
  /** A version that did not, and why. */
  readonly refused?: Refusal;
}

export interface Refusal {
  readonly version: string;
  readonly why: string;
}

/** So often a candidate is started; the clock of a host may jump, a count cannot. */
export const candidateStarts = 3;

export interface Start {
  readonly bundles: Bundles;
  readonly bundle: Bundle;
  readonly isCandidate: boolean;
}

/** Whether only the agent that came with the host has ever run on it. */
export function isAsInstalled({ current, previous, candidate, refused: given }: Bundles): boolean {
  return current.sha256 === undefined && previous === undefined && candidate === undefined && given === undefined;
}

/** Which bundle is started now: the candidate while it has tries left, else the last one that worked. */
export function nextStart(bundles: Bundles): Start {
  const { candidate, current } = bundles;
  if (candidate === undefined) return { bundles, bundle: current, isCandidate: false };
  if (candidate.starts >= candidateStarts)
    return nextStart(refused(bundles, `it ended ${candidate.starts} times before it had reported`));
  return {
    bundles: { ...bundles, candidate: { ...candidate, starts: candidate.starts + 1 } },
    bundle: candidate.bundle,
    isCandidate: true,
  };
}

/** The running version asks for another one. */
export function handedOver({ current, previous }: Bundles, bundle: Bundle): Bundles {
  return { current, ...(previous === undefined ? {} : { previous }), candidate: { bundle, starts: 0 } };
}

/** The candidate has reported: it is the current one from now on. */
export function confirmed(bundles: Bundles): Bundles {
  const { candidate, current } = bundles;
  return candidate === undefined ? bundles : { current: candidate.bundle, previous: current };
}

/** Back to the last one that worked. */
export function refused({ current, previous, candidate }: Bundles, why: string): Bundles {
  return {
    current,
    ...(previous === undefined ? {} : { previous }),
    ...(candidate === undefined ? {} : { refused: { version: candidate.bundle.version, why } }),
  };
}
