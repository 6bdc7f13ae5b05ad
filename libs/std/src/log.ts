/** Where a component writes its log. Fields are structured; secrets never go in. `libs/service` gives the real one. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Says nothing: for tests and simulations that read state instead of logs. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
