import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { authorityCertificate, leafCertificate, type Constraints, type Validity } from './certificate.ts';

/**
 * A bottle's own certificate authority. Its key is made in the gateway's process, never leaves it, and ends with it;
 * the bottle gets the certificate to trust.
 */

export interface Authority {
  /** The certificate that the bottle trusts, as PEM. */
  readonly certificate: string;
  /**
   * Issues a certificate for one host, valid from `notBefore` until `notAfter`. All leaves share one key, which is not
   * the authority's.
   */
  readonly issue: (host: string) => Leaf;
}

export interface Leaf {
  readonly certificate: string;
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const HOUR_MS = 3_600_000;
/** Clocks in virtual machines run late or early. */
const BACKDATED_MS = 24 * HOUR_MS;
/** Longer than any bottle runs: after it, clients trust no opened connection. The key ends with the gateway. */
const AUTHORITY_MS = 5 * 365 * 24 * HOUR_MS;
const LEAF_MS = 24 * HOUR_MS;

/** Creates an authority that may issue certificates for these names only. `now` in milliseconds. */
export function createAuthority(bottleId: string, constraints: Constraints, now = Date.now()): Authority {
  const own = { ...newKeys(), commonName: `bot-bottle ${bottleId}` };
  const certificate = authorityCertificate({ ...own, constraints, ...validFrom(now, AUTHORITY_MS) });
  const leafKeys = newKeys();
  const key = leafKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    certificate,
    issue: (host) => {
      const validity = validFrom(Date.now(), LEAF_MS);
      const order = { host, publicKey: leafKeys.publicKey, issuer: own, ...validity };
      return { certificate: leafCertificate(order), key, ...validity };
    },
  };
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function validFrom(now: number, lengthMs: number): Validity {
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + lengthMs) };
}
