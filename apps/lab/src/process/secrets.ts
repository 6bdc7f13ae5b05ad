import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type KeyAndCertificate, createAuthority, issueCertificate } from '@keelson/std';
import type { LabConfig } from '../config.js';

/** The token of the control API: from the file that is named, else made once in the data folder. */
export async function controlToken(config: LabConfig): Promise<string> {
  const given = config.KEELSON_LAB_CONTROL_TOKEN_FILE;
  if (given !== undefined) return (await readFile(given, 'utf8')).trim();
  return kept(config, 'control-token', () => randomBytes(32).toString('base64url'));
}

/** Certificate and key of the Redfish service: those that are named, else made once, as BMCs come with one nobody knows. */
export async function redfishCertificate(config: LabConfig, clock: Clock): Promise<KeyAndCertificate> {
  const { KEELSON_LAB_CERTIFICATE: certPath, KEELSON_LAB_KEY: keyPath } = config;
  if (certPath !== undefined && keyPath !== undefined) {
    const [certPem, keyPem] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')]);
    return { certPem, keyPem };
  }
  const made = JSON.parse(
    await kept(config, 'redfish-certificate', () => JSON.stringify(selfMade(config, clock))),
  ) as KeyAndCertificate;
  return { certPem: made.certPem, keyPem: made.keyPem };
}

function selfMade(config: LabConfig, clock: Clock): KeyAndCertificate {
  const notBefore = clock.now() - 3_600_000;
  const authority = createAuthority({ commonName: 'Keelson Lab (simulated BMCs)', notBefore, days: 3650 });
  const host = config.KEELSON_LAB_HOST;
  return issueCertificate(authority, {
    commonName: 'Keelson Lab (simulated BMCs)',
    dnsNames: ['localhost'],
    ipAddresses: [...new Set(['127.0.0.1', host])],
    usages: ['server'],
    notBefore,
    days: 3650,
  });
}

/** The text of a file in the data folder that only its owner reads; made when it is not there. */
async function kept(config: LabConfig, name: string, make: () => string): Promise<string> {
  const path = join(config.KEELSON_LAB_DATA, name);
  try {
    return await readFile(path, 'utf8');
  } catch {
    const text = make();
    await mkdir(config.KEELSON_LAB_DATA, { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return text;
  }
}
