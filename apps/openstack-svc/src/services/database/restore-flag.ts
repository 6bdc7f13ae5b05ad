/** Whether a spec asks for the database to be restored: `services.database.mariadb.values.manifests.job_mariadb_phy_restore`. */
export function isRestoring(spec: object): boolean {
  return path.reduce<unknown>((value, name) => memberOf(value, name), spec) === true;
}

/** The spec as if nothing were to be restored. */
export function withoutRestore(spec: object): unknown {
  return without(spec, path);
}

const path = ['services', 'database', 'mariadb', 'values', 'manifests', 'job_mariadb_phy_restore'] as const;

function without(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined || !isMap(value) || !(name in value)) return value;
  const { [name]: member, ...others } = value;
  if (rest.length === 0) return others;
  const left = without(member, rest);
  return isMap(left) && Object.keys(left).length === 0 ? others : { ...others, [name]: left };
}

function memberOf(value: unknown, name: string): unknown {
  return isMap(value) ? value[name] : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
