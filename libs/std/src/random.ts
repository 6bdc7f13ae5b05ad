import { randomFillSync } from 'node:crypto';

/** Chance as a dependency, so that a world can repeat itself from a seed. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
}

const drawBytes = 6;
const drawn = Buffer.alloc(drawBytes * 512);
let used = drawn.length;

/** Chance from the operating system, asked for in blocks: one call a number costs more than the number. */
export const systemRandom: Random = {
  next() {
    if (used === drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    used += drawBytes;
    return drawn.readUIntBE(used - drawBytes, drawBytes) / 2 ** 48;
  },
};

/**
 * A source that gives the same sequence for the same seed (mulberry32 over a string hash).
 *
 * @param seed any text or number; use `seededRandom(`${seed}/part`)` to give each part of a world a stream of its own
 */
export function seededRandom(seed: string | number): Random {
  let state = hash32(String(seed));
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** A whole number from 0 up to, not including, `below`. */
export function integerBelow(random: Random, below: number): number {
  return Math.floor(random.next() * below);
}

/** One of `items`, which must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError('pick needs at least one item');
  return items[integerBelow(random, items.length)] as T;
}

/** A version 4 UUID in lower case. */
export function uuid(random: Random): string {
  const digit = (): string => integerBelow(random, 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (c) =>
    c === 'x' ? digit() : (8 + integerBelow(random, 4)).toString(16),
  );
}

function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) | 0;
}
