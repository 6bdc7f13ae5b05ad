import { UsageError } from './verb.js';

/**
 * A whole number from a flag.
 *
 * @throws UsageError naming the flag and the range when the text is anything else
 */
export function wholeNumber(
  flag: string,
  text: string | undefined,
  least: number,
  most: number,
  otherwise: number,
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UsageError(`${flag} takes a whole number from ${least} to ${most}, was ${text}`);
  return value;
}
