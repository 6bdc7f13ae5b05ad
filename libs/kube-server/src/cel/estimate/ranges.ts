/** A size or a cost that lies between two bounds. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What has no bound: unsigned integers of 64 bits end here. */
export const endless = 2 ** 64;

export const nothing: Range = { min: 0, max: 0 };
export const unknown: Range = { min: 0, max: endless };

/** Sizes are walked at a tenth of a step a character, patterns cost a quarter of a step (cel-go, common/cost.go). */
export const perCharacter = 0.1;
export const perPatternCharacter = 0.25;

const bounded = (value: number): number => Math.min(value, endless);

export const exactly = (value: number): Range => ({ min: value, max: value });

export function sum(...ranges: readonly Range[]): Range {
  return ranges.reduce((a, b) => ({ min: bounded(a.min + b.min), max: bounded(a.max + b.max) }), nothing);
}

export function product(a: Range, b: Range): Range {
  return { min: times(a.min, b.min), max: times(a.max, b.max) };
}

/** Rounded up, as steps are whole. */
export function scaled({ min, max }: Range, factor: number): Range {
  return {
    min: bounded(Math.ceil(min * factor)),
    max: max >= endless && factor >= 1 ? endless : bounded(Math.ceil(max * factor)),
  };
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** The product; nothing of what is endless is nothing. */
export function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : bounded(a * b);
}
