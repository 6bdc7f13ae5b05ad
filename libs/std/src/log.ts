/** Where a component writes its log. Fields are structured; secrets never go in. `libs/service` gives the real one. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The same log with fields on every line: of a host among many in one process. */
export function logWith(log: Log, always: Readonly<Record<string, unknown>>): Log {
  const at =
    (level: keyof Log): Log[keyof Log] =>
    (message, fields) =>
      log[level](message, { ...always, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Says nothing: for tests and simulations that read state instead of logs. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
