/** A Redfish resource as JSON. Absent members are undefined and leave no trace in the text. */
export interface Resource {
  readonly '@odata.id': string;
  readonly '@odata.type': string;
  readonly [member: string]: unknown;
}

export const root = '/redfish/v1';

/** A reference to another resource. */
export function link(path: string): { readonly '@odata.id': string } {
  return { '@odata.id': path };
}

/** A collection of references. */
export function collection(path: string, type: string, name: string, members: readonly string[]): Resource {
  return {
    '@odata.id': path,
    '@odata.type': `#${type}.${type}`,
    Name: name,
    'Members@odata.count': members.length,
    Members: members.map(link),
  };
}

export const fine = { State: 'Enabled', Health: 'OK' } as const;
