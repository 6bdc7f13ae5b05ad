/** Reads the protobuf wire format. Every method throws RangeError when the bytes end too early or make no sense. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  tag(): { readonly number: number; readonly wireType: number } {
    const tag = this.integer();
    return { number: Math.floor(tag / 8), wireType: tag % 8 };
  }

  /** A varint as a signed 64-bit number; exact up to 2^53. */
  integer(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('a number is cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError('a number is too long');
  }

  bytes(): Uint8Array {
    const length = this.integer();
    if (length < 0 || this.#at + length > this.#bytes.length) throw new RangeError('a field is cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return Buffer.from(this.bytes()).toString('utf8');
  }

  /** Passes over a field that nobody asked for. */
  skip(wireType: number): void {
    if (wireType === 0) this.integer();
    else if (wireType === 1) this.#at += 8;
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.#at += 4;
    else throw new RangeError(`wire type ${wireType} is not used`);
    if (this.#at > this.#bytes.length) throw new RangeError('a field is cut off');
  }
}
