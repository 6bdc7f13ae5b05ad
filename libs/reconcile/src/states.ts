/**
 * A state machine as a table that a test can walk. The law of termination is in its type: a state that is not one of rest
 * declares its deadline, what follows, its sign of life, what it waits for and how it is aborted.
 */
export interface StateTable<S extends string = string> {
  readonly kind: string;
  /** The state of an object without status. */
  readonly initial: S;
  readonly states: Readonly<Record<S, State<S>>>;
}

export type State<S extends string = string> = RestState<S> | MovingState<S>;

interface StateBase<S extends string> {
  /** What it means, for an operator. */
  readonly meaning: string;
  /** Where it may go. An object that is being deleted may vanish from a state with `deletable`. */
  readonly to: readonly S[];
  /** The object may be gone after this state. */
  readonly deletable?: boolean;
}

/** Nothing is owed: the object may stay for ever. */
export interface RestState<S extends string = string> extends StateBase<S> {
  readonly rest: true;
  /** Of a state that may be held up by something all the same, for as long as nobody minds: what ends that, and how to leave it. */
  readonly held?: { readonly unblocks: string; readonly abort: string };
}

export interface MovingState<S extends string = string> extends StateBase<S> {
  readonly rest?: false;
  /** Seconds from entering until it is given up; from the last time that the object got on, where its machine tells that. */
  readonly deadlineSeconds: number;
  /** What the reconciler does when the deadline has passed. */
  readonly onDeadline: string;
  /** The sign of life while in it, and the longest silence that is still normal. */
  readonly heartbeat: { readonly sign: string; readonly everySeconds: number };
  /** Object or system that must move. */
  readonly waitsFor: string;
  /** How an operator gives it up, and what of it cannot be taken back. */
  readonly abort: string;
}
