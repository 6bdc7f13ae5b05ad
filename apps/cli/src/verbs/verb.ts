/** One verb of the command. `run` gives the exit code; errors it throws are printed as one line. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** Text for `--help`: the arguments and flags, one a line. */
  readonly usage: readonly string[];
  run(args: readonly string[]): Promise<number>;
}

/** A mistake in the command line: the text says which word and what was expected. */
export class UsageError extends Error {}
