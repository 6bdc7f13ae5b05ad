/**
 * The little of ASN.1 DER that certificates need (ITU-T X.690): definite lengths, the tags below, nothing to decode.
 */
export type Der = Uint8Array;

export function sequence(...parts: readonly Der[]): Der {
  return tagged(0x30, concat(parts));
}

export function setOf(...parts: readonly Der[]): Der {
  return tagged(0x31, concat(parts));
}

/** A non-negative integer of any size, big-endian. */
export function integer(bytes: Uint8Array): Der {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const trimmed = bytes.subarray(from);
  return tagged(0x02, (trimmed[0] ?? 0) & 0x80 ? concat([Uint8Array.of(0), trimmed]) : trimmed);
}

/** An object identifier in dotted form. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function utf8(text: string): Der {
  return tagged(0x0c, Buffer.from(text, 'utf8'));
}

export function octets(bytes: Uint8Array): Der {
  return tagged(0x04, bytes);
}

/** A bit string; `unused` bits of the last byte do not count. */
export function bits(bytes: Uint8Array, unused = 0): Der {
  return tagged(0x03, concat([Uint8Array.of(unused), bytes]));
}

export function boolean(value: boolean): Der {
  return tagged(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** UTCTime up to 2049, GeneralizedTime after, as RFC 5280 wants. */
export function time(ms: number): Der {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return digits < '2050' ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`));
}

/** A value under a tag of its own: context tags are 0x80 + n (primitive) or 0xa0 + n (constructed). */
export function tagged(tag: number, content: Uint8Array): Der {
  return concat([Uint8Array.of(tag, ...lengthBytes(content.length)), content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
