/** Writes the protobuf wire format: fields appended in the order they are given. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  text(field: number, value: string | undefined): this {
    if (value !== undefined && value !== '') this.#delimited(field, Buffer.from(value, 'utf8'));
    return this;
  }

  flag(field: number, value: boolean | undefined): this {
    if (value === true) this.#push(Uint8Array.of(...varint(field << 3), 1));
    return this;
  }

  /** A nested message; one that is empty is written too. */
  message(field: number, value: Message | undefined): this {
    if (value !== undefined) this.#delimited(field, value.bytes());
    return this;
  }

  messages(field: number, values: readonly Message[]): this {
    for (const value of values) this.message(field, value);
    return this;
  }

  texts(field: number, values: readonly string[]): this {
    for (const value of values) this.#delimited(field, Buffer.from(value, 'utf8'));
    return this;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts, this.#length);
  }

  #delimited(field: number, bytes: Uint8Array): void {
    this.#push(Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]));
    this.#push(bytes);
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
