/**
 * A flat ISO 9660 image (ECMA-119) with Joliet names: what a cloud-init NoCloud drive needs. Files lie in the root
 * directory; names keep their case and dashes through Joliet, which Linux prefers when it mounts.
 */
export interface IsoImage {
  /** Volume label, up to 16 characters: `cidata` for NoCloud. */
  readonly volumeId: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const sector = 2048;

/**
 * Writes an image.
 *
 * @throws RangeError when a name is empty or longer than 64 characters, or the label longer than 16
 */
export function writeIso9660(image: IsoImage): Uint8Array {
  const names = Object.keys(image.files).sort();
  check(image.volumeId, names);
  const layout = { primaryRoot: 19, jolietRoot: 20, primaryTable: 21, jolietTable: 22, data: 23 };
  const extents = new Map<string, Extent>();
  let next = layout.data;
  for (const name of names) {
    const size = image.files[name]?.length ?? 0;
    extents.set(name, { at: next, size });
    next += Math.ceil(size / sector);
  }
  const out = new Uint8Array(next * sector);
  const at = (block: number): number => block * sector;
  out.set(volumeDescriptor(1, image.volumeId, next, layout.primaryRoot, layout.primaryTable), at(16));
  out.set(volumeDescriptor(2, image.volumeId, next, layout.jolietRoot, layout.jolietTable), at(17));
  out.set(terminator(), at(18));
  out.set(
    directory(
      layout.primaryRoot,
      names.map((name, i) => [ascii(shortName(name, i)), extents.get(name)!]),
    ),
    at(layout.primaryRoot),
  );
  out.set(
    directory(
      layout.jolietRoot,
      names.map((name) => [utf16(name), extents.get(name)!]),
    ),
    at(layout.jolietRoot),
  );
  out.set(pathTable(layout.primaryRoot), at(layout.primaryTable));
  out.set(pathTable(layout.jolietRoot), at(layout.jolietTable));
  for (const name of names) out.set(image.files[name]!, at(extents.get(name)!.at));
  return out;
}

/**
 * Reads the root directory of an image with Joliet names.
 *
 * @throws RangeError when the bytes are no such image
 */
export function readIso9660(bytes: Uint8Array): IsoImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const descriptor = 17 * sector;
  if (bytes.length < 18 * sector || bytes[descriptor] !== 2 || text(bytes, descriptor + 1, 5) !== 'CD001') {
    throw new RangeError('not an ISO 9660 image with a Joliet volume descriptor');
  }
  const root = view.getUint32(descriptor + 156 + 2, true) * sector;
  const size = view.getUint32(descriptor + 156 + 10, true);
  const files: Record<string, Uint8Array> = {};
  for (let at = root; at < root + size;) {
    const length = bytes[at] ?? 0;
    if (length === 0) break;
    const nameLength = bytes[at + 32] ?? 0;
    if (nameLength > 1) {
      const from = view.getUint32(at + 2, true) * sector;
      files[fromUtf16(bytes.subarray(at + 33, at + 33 + nameLength))] = bytes.slice(
        from,
        from + view.getUint32(at + 10, true),
      );
    }
    at += length;
  }
  return { volumeId: fromUtf16(bytes.subarray(descriptor + 40, descriptor + 72)).trimEnd(), files };
}

interface Extent {
  readonly at: number;
  readonly size: number;
}

function check(volumeId: string, names: readonly string[]): void {
  if (volumeId.length > 16) throw new RangeError(`volume label ${volumeId} is longer than 16 characters`);
  const bad = names.find((name) => name.length < 2 || name.length > 64 || name.includes('/'));
  if (bad !== undefined)
    throw new RangeError(`file name ${JSON.stringify(bad)} must have 2 to 64 characters and no slash`);
}

/** ECMA-119, 8.4 and 8.5; type 2 with the escape sequence of UCS-2 level 3 is Joliet. */
function volumeDescriptor(type: 1 | 2, label: string, blocks: number, root: number, table: number): Uint8Array {
  const out = new Uint8Array(sector);
  const view = new DataView(out.buffer);
  out[0] = type;
  out.set(ascii('CD001'), 1);
  out[6] = 1;
  const field = (at: number, length: number, value: string): void => out.set(padded(type, value, length), at);
  field(8, 32, 'LINUX');
  field(40, 32, type === 1 ? label.toUpperCase() : label);
  both32(view, 80, blocks);
  if (type === 2) out.set([0x25, 0x2f, 0x45], 88);
  both16(view, 120, 1);
  both16(view, 124, 1);
  both16(view, 128, sector);
  both32(view, 132, 10);
  view.setUint32(140, table, true);
  out.set(record(Uint8Array.of(0), { at: root, size: sector }, true), 156);
  for (const [at, length] of [
    [190, 128],
    [318, 128],
    [446, 128],
    [574, 128],
    [702, 37],
    [739, 37],
    [776, 37],
  ] as const)
    field(at, length, '');
  for (const at of [813, 830, 847, 864]) out.set(ascii('0000000000000000'), at);
  out[881] = 1;
  return out;
}

function terminator(): Uint8Array {
  const out = new Uint8Array(sector);
  out[0] = 255;
  out.set(ascii('CD001'), 1);
  out[6] = 1;
  return out;
}

function directory(self: number, entries: readonly (readonly [Uint8Array, Extent])[]): Uint8Array {
  const own = { at: self, size: sector };
  const records = [
    record(Uint8Array.of(0), own, true),
    record(Uint8Array.of(1), own, true),
    ...entries.map(([name, extent]) => record(name, extent, false)),
  ];
  const total = records.reduce((sum, part) => sum + part.length, 0);
  if (total > sector) throw new RangeError('too many files for one directory sector');
  return new Uint8Array(Buffer.concat(records));
}

function record(name: Uint8Array, extent: Extent, isDirectory: boolean): Uint8Array {
  const length = 33 + name.length + ((33 + name.length) % 2);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  out[0] = length;
  both32(view, 2, extent.at);
  both32(view, 10, extent.size);
  out[25] = isDirectory ? 2 : 0;
  both16(view, 28, 1);
  out[32] = name.length;
  out.set(name, 33);
  return out;
}

function pathTable(root: number): Uint8Array {
  const out = new Uint8Array(10);
  const view = new DataView(out.buffer);
  out[0] = 1;
  view.setUint32(2, root, true);
  view.setUint16(6, 1, true);
  return out;
}

function both32(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
}

function both16(view: DataView, at: number, value: number): void {
  view.setUint16(at, value, true);
  view.setUint16(at + 2, value, false);
}

/** Plain ISO names are for readers without Joliet: eight characters, made unique by the position. */
function shortName(name: string, index: number): string {
  const stem = name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .slice(0, 6);
  return `${stem}${String(index).padStart(2, '0')}.;1`;
}

function padded(type: 1 | 2, value: string, length: number): Uint8Array {
  if (type === 1) return ascii(value.padEnd(length, ' '));
  const out = new Uint8Array(length);
  out.set(utf16(value.padEnd(Math.floor(length / 2), ' ')));
  return out;
}

function ascii(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value, 'ascii'));
}

function utf16(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value, 'utf16le').swap16());
}

function fromUtf16(bytes: Uint8Array): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.subarray(at, at + length)).toString('ascii');
}
