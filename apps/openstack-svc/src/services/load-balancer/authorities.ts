import { sha256Json } from '@keelson/std';
import type { AmphoraStage } from '../../cloud/amphora-rotation.js';
import { type CertificatePair, type CloudSecrets, type CredentialNeed, upcomingNameOf } from '../../cloud/cloud.js';

/** Signs for amphorae, which are servers to Octavia's controllers. */
export const amphoraAuthority = {
  sort: 'certificate',
  name: 'octavia-amphora-ca',
  commonName: 'octavia-amphora',
  dnsNames: [],
  isAuthority: true,
  rotation: 'amphora',
} as const satisfies CredentialNeed;

/** What the controllers show amphorae; nobody keeps the key of its authority. */
export const controllerCertificate = {
  sort: 'certificate',
  name: 'octavia-controller',
  commonName: 'octavia-controller',
  dnsNames: ['octavia-controller'],
  rotation: 'amphora',
} as const satisfies CredentialNeed;

/** Secrets that keep what follows them in a rotation. */
export const amphoraSuccessors: readonly string[] = [amphoraAuthority, controllerCertificate].map(({ name }) =>
  upcomingNameOf(name),
);

/** Who trusts whom between Octavia's controllers and amphorae, PEM. */
export interface AmphoraTrust {
  /** Signs for new amphorae. */
  readonly signer: CertificatePair;
  /** Whose amphorae the controllers trust. */
  readonly servers: readonly string[];
  /** What the controllers show. */
  readonly client: CertificatePair;
  /** Whose controllers new amphorae trust. */
  readonly clients: readonly string[];
}

/**
 * Who trusts whom at a stage of a rotation, or while there is none. An amphora trusts what it was made with as long as it
 * lives, and a controller what it began with, so at no stage may one that is there be faced with what it does not know.
 *
 * @throws Failure terminal when a certificate is missing
 */
export function amphoraTrust(
  secrets: Pick<CloudSecrets, 'certificate'>,
  stage: AmphoraStage | undefined,
): AmphoraTrust {
  const pair = (name: string): CertificatePair => trimmed(secrets.certificate(name));
  const [signer, client] = [pair(amphoraAuthority.name), pair(controllerCertificate.name)];
  if (stage === undefined) return { signer, servers: [signer.certificate], client, clients: [client.authority] };
  const [nextSigner, nextClient] = [pair(`${amphoraAuthority.name}-next`), pair(`${controllerCertificate.name}-next`)];
  return {
    signer: stage === 'trusting' ? signer : nextSigner,
    servers: eachOnce(signer.certificate, nextSigner.certificate),
    client: stage === 'presenting' ? nextClient : client,
    clients: eachOnce(client.authority, nextClient.authority),
  };
}

/** Tells trusts apart by their certificates; keys are not in it. */
export function trustDigest({ signer, servers, client, clients }: AmphoraTrust): string {
  return sha256Json([signer.certificate, servers, client.certificate, clients]).slice(0, 16);
}

function trimmed({ certificate, key, authority }: CertificatePair): CertificatePair {
  return { certificate: certificate.trimEnd(), key: key.trimEnd(), authority: authority.trimEnd() };
}

function eachOnce(...texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
