const binary: Readonly<Record<string, bigint>> = {
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n,
  Pi: 1024n ** 5n,
  Ei: 1024n ** 6n,
};
const decimalPowers: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** A Kubernetes quantity, exact to a billionth (k8s.io/apimachinery/pkg/api/resource). */
export class Quantity {
  /** In billionths. */
  readonly nano: bigint;

  constructor(nano: bigint) {
    this.nano = nano;
  }

  /** undefined when the text is no quantity. */
  static parse(text: string): Quantity | undefined {
    const parts = /^([+-]?)(\d+)?(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
    if (parts === null || (parts[2] === undefined && (parts[3] ?? '') === '')) return undefined;
    const [, sign, whole = '0', fraction = '', suffix = ''] = parts;
    const nano = scaled(whole, fraction, suffix);
    return nano === undefined ? undefined : new Quantity(sign === '-' ? -nano : nano);
  }

  /** undefined when it is no whole number of 64 bits. */
  asInteger(): bigint | undefined {
    const whole = this.nano / 1_000_000_000n;
    return whole * 1_000_000_000n === this.nano && BigInt.asIntN(64, whole) === whole ? whole : undefined;
  }

  compareTo(other: Quantity): number {
    return this.nano < other.nano ? -1 : Number(this.nano > other.nano);
  }
}

function scaled(whole: string, fraction: string, suffix: string): bigint | undefined {
  const digits = BigInt(whole + fraction);
  const factor = binary[suffix];
  if (factor !== undefined) return (digits * factor * 10n ** 9n) / 10n ** BigInt(fraction.length);
  const power = suffix in decimalPowers ? decimalPowers[suffix] : Number(suffix.slice(1));
  if (power === undefined || !Number.isInteger(power) || Math.abs(power) > 40) return undefined;
  const shift = power + 9 - fraction.length;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return digits % divisor === 0n ? digits / divisor : digits / divisor + 1n;
}
