/** Makes answers of two servers comparable: what is theirs alone (identities, versions, times, ages, tokens) is masked. */
export function normalised(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return maskedText(value, key);
  if (Array.isArray(value)) return normalisedList(value, key);
  if (typeof value !== 'object' || value === null) return value;
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) members[name.replace(uuid, '<uid>')] = normalised(member, name);
  if (typeof members.generateName === 'string' && typeof members.name === 'string')
    members.name = `${members.generateName}<random>`;
  return members;
}

function normalisedList(list: readonly unknown[], key: string): readonly unknown[] {
  const items = list.map((item) => normalised(item, key === 'cells' ? 'cells' : ''));
  if (key === 'causes') return sortedConflicts(items);
  if (key !== 'managedFields') return items;
  const order = (item: unknown): string => {
    const { manager = '', operation = '', subresource = '' } = item as Record<string, string | undefined>;
    return `${manager} ${operation} ${subresource} ${JSON.stringify(item)}`;
  };
  return items.toSorted((left, right) => (order(left) < order(right) ? -1 : 1));
}

/** Conflicts with several managers come in no order. */
function sortedConflicts(causes: readonly unknown[]): readonly unknown[] {
  const order = (cause: unknown): string => {
    const { reason, message = '' } = cause as Record<string, string | undefined>;
    return reason === 'FieldManagerConflict' ? message : '';
  };
  return causes.toSorted((left, right) => order(left).localeCompare(order(right)));
}

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** In the order in which they are tried on every text. */
const masks: readonly (readonly [RegExp, string])[] = [
  [uuid, '<uid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, '<microtime>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>'],
  [/X509SHA256=[0-9a-f]{64}/g, 'X509SHA256=<hash>'],
  [/\?hash=[0-9A-Fa-f]+/g, '?hash=<hash>'],
  [/("?resourceVersion"?: ?"?)\d+/g, '$1<rv>'],
  [/too old resource version: \d+ \(\d+\)/g, 'too old resource version: <rv> (<rv>)'],
  [/(Too large resource version: \d+, current: )\d+/g, '$1<rv>'],
  [/patch: Invalid value: "\{.*\}": /gs, 'patch: Invalid value: <object>: '],
  [/Invalid value: "\{\\".*\}": /gs, 'Invalid value: <object>: '],
  [/in scheme "[^"]*"/g, 'in scheme <scheme>'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>'],
];

function maskedText(text: string, key: string): string {
  if (key === 'resourceVersion') return /^[1-9]\d*$/.test(text) ? '<rv>' : text;
  if (key === 'continue') return text === '' ? '' : '<continue>';
  if (key === 'cells' && /^(\d+[smhdy]){1,2}$/.test(text)) return '<age>';
  return masks.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}
