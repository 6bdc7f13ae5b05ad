import { describe, expect, it } from '@jest/globals';
import type { SubnetSpec } from '@keelson/api';
import fc from 'fast-check';
import { formatAddress, formatRange, parseAddress, parseNetwork, sizeOf } from './addresses.js';
import { addressName, capacityOf, freeAddress, mayGive, poolOf } from './pool.js';

const spec = (more: Partial<SubnetSpec> = {}): { spec: SubnetSpec } => ({
  spec: { cidr: '10.0.0.0/24', useWholeCidr: false, ...more },
});

const rangesOf = (more: Partial<SubnetSpec>): readonly string[] | string => {
  const pool = poolOf(spec(more));
  return pool.type === 'good' ? pool.ranges.map(formatRange) : pool.problem;
};

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['fd00::1', 'fd00::1'],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['::', '::'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['10.0.0.256', undefined],
    ['10.0.0', undefined],
    ['fd00:::1', undefined],
    ['1:2', undefined],
  ])('%s is read as %s', (text, expected) => {
    const address = parseAddress(text);
    expect(address === undefined ? undefined : formatAddress(address)).toBe(expected);
  });

  it('what is written is read back, for all addresses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        expect(address).toBeDefined();
        expect(address === undefined ? undefined : parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('a network has its size', () => {
    const network = parseNetwork('10.0.0.77/26');
    expect(network === undefined ? [] : [formatRange(network), Number(sizeOf([network]))]).toEqual([
      '10.0.0.64-10.0.0.127',
      64,
    ]);
  });
});

describe('the pool of a Subnet', () => {
  it.each([
    [{}, ['10.0.0.1-10.0.0.254']],
    [{ useWholeCidr: true }, ['10.0.0.0-10.0.0.255']],
    [{ gateway: '10.0.0.1' }, ['10.0.0.2-10.0.0.254']],
    [
      {
        includeRanges: ['10.0.0.20-10.0.0.30', '10.0.0.25-10.0.0.40'],
        excludeRanges: ['10.0.0.22', '10.0.0.38-10.0.0.50'],
      },
      ['10.0.0.20-10.0.0.21', '10.0.0.23-10.0.0.37'],
    ],
    [{ includeRanges: ['10.0.1.1'] }, 'spec.includeRanges: 10.0.1.1 does not lie in 10.0.0.0-10.0.0.255'],
    [{ includeRanges: ['10.0.0.9-10.0.0.3'] }, 'spec.includeRanges: 10.0.0.9-10.0.0.3 ends before it begins'],
    [{ gateway: '10.1.0.1' }, 'spec.gateway 10.1.0.1 does not lie in 10.0.0.0/24'],
    [{ cidr: '10.0.0.4/30' }, ['10.0.0.5-10.0.0.6']],
    [{ cidr: '10.0.0.4/32' }, ['10.0.0.4']],
  ] as const)('%j gives %j', (more, expected) => {
    expect(
      rangesOf({
        ...more,
        includeRanges: 'includeRanges' in more ? [...more.includeRanges] : undefined,
        excludeRanges: 'excludeRanges' in more ? [...more.excludeRanges] : undefined,
      }),
    ).toEqual(expected);
  });

  it('gives each of its addresses once, and then none', () => {
    const octet = fc.integer({ min: 1, max: 254 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(octet, octet), { maxLength: 4 }),
        fc.array(octet, { maxLength: 4 }),
        (included, excluded) => {
          const pool = poolOf(
            spec({
              includeRanges: included.map(([a, b]) => `10.0.0.${Math.min(a, b)}-10.0.0.${Math.max(a, b)}`),
              excludeRanges: excluded.map((one) => `10.0.0.${one}`),
              gateway: '10.0.0.1',
            }),
          );
          if (pool.type === 'bad') throw new Error(pool.problem);
          const taken = new Set<string>();
          for (let next = freeAddress(pool, taken); next !== undefined; next = freeAddress(pool, taken)) {
            expect(
              taken.has(next) ||
                !mayGive(pool, next) ||
                next === '10.0.0.1' ||
                excluded.includes(Number(next.split('.')[3])),
            ).toBe(false);
            taken.add(next);
          }
          expect(taken.size).toBe(capacityOf(pool));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('names of addresses differ and are names Kubernetes takes', () => {
    const name = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => formatAddress(parseAddress(text) ?? { version: 4, value: 0n })),
          { minLength: 2, maxLength: 8 },
        ),
        (texts) => {
          const names = texts.map((text) => addressName('lcm', text));
          expect({ distinct: new Set(names).size, bad: names.filter((one) => !name.test(one)) }).toEqual({
            distinct: names.length,
            bad: [],
          });
        },
      ),
    );
  });
});
