/** Just enough of DNS (RFC 1035) to answer questions for addresses. */

const typeA = 1;
const headerLength = 12;
const ttlSeconds = 2;
const codes = { found: 0, noSuchName: 3 } as const;

/**
 * The answer to a query datagram.
 *
 * @param lookup addresses of a name in lower case without the last dot; undefined when there is no such name
 * @returns undefined for what is no question
 */
export function dnsAnswer(query: Buffer, lookup: (name: string) => readonly string[] | undefined): Buffer | undefined {
  const question = questionIn(query);
  if (question === undefined) return undefined;
  const addresses = lookup(question.name);
  const records = question.type === typeA ? (addresses ?? []) : [];
  const header = Buffer.alloc(headerLength);
  query.copy(header, 0, 0, 2);
  // A response with authority, recursion offered, so that nobody asks elsewhere.
  header.writeUInt16BE(0x8580 | (addresses === undefined ? codes.noSuchName : codes.found), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(headerLength, question.end), ...records.map(addressRecord)]);
}

function questionIn(query: Buffer): { name: string; type: number; end: number } | undefined {
  if (query.length <= headerLength || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = headerLength;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
    if (at >= query.length) return undefined;
  }
  if (at + 5 > query.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A record whose name is the one of the question. */
function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(typeA, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttlSeconds, 6);
  record.writeUInt16BE(4, 10);
  address.split('.').forEach((part, index) => record.writeUInt8(Number(part), 12 + index));
  return record;
}
