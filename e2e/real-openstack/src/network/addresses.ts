import { terminal } from '@keelson/std';

/** One bridge carries nodes and pods; Services have addresses of their own, which only rules of the machine know. */
export const gateway = '10.77.0.1';
export const prefixLength = 16;
export const serviceNetwork = '10.96.0.0/16';

const ranges = { node: '10.77.1', pod: '10.77.2', service: '10.96.0' } as const;
const lastHost = 254;
const firstHost = 10;

/** Gives out addresses; a name keeps the one it got. */
export class AddressBook {
  readonly #addresses = new Map<string, string>();
  readonly #next: Record<keyof typeof ranges, number> = { node: firstHost, pod: firstHost, service: firstHost };

  of(sort: keyof typeof ranges, name: string): string {
    const key = `${sort}/${name}`;
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const host = this.#next[sort]++;
    // Pods come and go: their numbers go on into the next network of 254.
    const network = Math.floor((host - firstHost) / (lastHost - firstHost));
    if (sort !== 'pod' && network > 0) throw terminal(`there is no ${sort} address left`, { reason: 'NoAddress' });
    const [a, b, c] = ranges[sort].split('.');
    const address = `${a}.${b}.${Number(c) + network}.${firstHost + ((host - firstHost) % (lastHost - firstHost))}`;
    this.#addresses.set(key, address);
    return address;
  }
}
