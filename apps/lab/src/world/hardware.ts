import { integerBelow, pick, seededRandom, uuid, type Random } from '@keelson/std';

/** What a server is made of: drawn from the seed once and never changed. */
export interface Hardware {
  /** Such as `srv-01`. */
  readonly id: string;
  /** 1 for the first. */
  readonly number: number;
  readonly uuid: string;
  readonly serialNumber: string;
  readonly model: string;
  readonly biosVersion: string;
  readonly bmcVersion: string;
  readonly processor: { readonly model: string; readonly cores: number; readonly megahertz: number };
  readonly sockets: number;
  readonly memoryGibibytes: number;
  readonly nics: readonly NicHardware[];
  readonly drives: readonly DriveHardware[];
}

export interface NicHardware {
  readonly id: string;
  readonly mac: string;
  readonly speedMbps: number;
}

export interface DriveHardware {
  readonly id: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly wwn: string;
  readonly sizeBytes: number;
  readonly mediaType: 'SSD' | 'HDD';
  readonly protocol: 'NVMe' | 'SATA' | 'SAS';
}

const processors = [
  { model: 'Simulated Xeon 32-core', cores: 32, megahertz: 3500 },
  { model: 'Simulated EPYC 24-core', cores: 24, megahertz: 3700 },
  { model: 'Simulated EPYC 64-core', cores: 64, megahertz: 3400 },
];

/** The name of the nth server: two digits at least, four in a data centre of 1,000 and more. */
export function serverName(number: number, servers: number): string {
  return `srv-${String(number).padStart(servers >= 1000 ? 4 : servers >= 100 ? 3 : 2, '0')}`;
}

/**
 * The hardware of the nth server. Its first NIC has the MAC `52:54:00:00:00:01` for the first server and so on, so that
 * manifests can be written before the data centre exists.
 *
 * @param seed of the whole data centre; each server draws from a stream of its own
 */
export function hardwareOf(seed: string | number, number: number, servers: number): Hardware {
  const random = seededRandom(`${seed}/hardware/${number}`);
  const kind = pick(random, [
    { model: 'Keelson Lab R1 (simulated)', memory: 256, hdds: 0 },
    { model: 'Keelson Lab R2 (simulated)', memory: 384, hdds: 0 },
    { model: 'Keelson Lab S4 (simulated)', memory: 192, hdds: 6 },
  ]);
  return {
    id: serverName(number, servers),
    number,
    uuid: uuid(random),
    serialNumber: `SIM${String(100000 + number)}${text(random, 3)}`,
    model: kind.model,
    biosVersion: pick(random, ['2.19.1', '2.21.0', '2.22.2']),
    bmcVersion: pick(random, ['6.10.80.00', '7.00.30.00']),
    processor: pick(random, processors),
    sockets: 2,
    memoryGibibytes: kind.memory,
    nics: [0, 1, 2, 3].map((index) => ({
      id: `NIC.${index + 1}`,
      mac: macOf(number, index),
      speedMbps: index < 2 ? 25_000 : 10_000,
    })),
    drives: [...flash(random, number), ...spinning(random, number, kind.hdds)],
  };
}

/** `52:54:<nic>:<server in three bytes>`: the first NIC of server 1 is 52:54:00:00:00:01. */
export function macOf(number: number, nic: number): string {
  const bytes = [0x52, 0x54, nic, (number >> 16) & 0xff, (number >> 8) & 0xff, number & 0xff];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function flash(random: Random, number: number): readonly DriveHardware[] {
  const size = pick(random, [960_197_124_096, 1_920_383_410_176]);
  return [0, 1].map((index) =>
    drive(random, number, index, { model: 'SIM NVMe 7450', sizeBytes: size, mediaType: 'SSD', protocol: 'NVMe' }),
  );
}

function spinning(random: Random, number: number, count: number): readonly DriveHardware[] {
  return Array.from({ length: count }, (_, index) =>
    drive(random, number, index + 2, {
      model: 'SIM HDD 8T',
      sizeBytes: 8_001_563_222_016,
      mediaType: 'HDD',
      protocol: 'SAS',
    }),
  );
}

function drive(
  random: Random,
  number: number,
  index: number,
  kind: Pick<DriveHardware, 'model' | 'sizeBytes' | 'mediaType' | 'protocol'>,
): DriveHardware {
  const serialNumber = `SIMD${number}${index}${text(random, 5)}`;
  return { ...kind, id: `Disk.Bay.${index}`, serialNumber, wwn: `0x5000${hex(random, 12)}` };
}

/** Without those that people take for each other. */
const plateLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('');

function text(random: Random, length: number): string {
  return Array.from({ length }, () => pick(random, plateLetters)).join('');
}

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => integerBelow(random, 16).toString(16)).join('');
}
