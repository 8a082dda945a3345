import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The certificates of a run, made by openssl: the origin's, and an authority with which the peers open TLS. */

export interface KeyPair {
  readonly certificatePath: string;
  readonly keyPath: string;
}

export interface Authorities {
  readonly originAuthority: KeyPair;
  readonly origin: KeyPair;
  /** RSA, because one of the peers accepts nothing else. The peers choose the keys of their leaves. */
  readonly peerAuthority: KeyPair;
}

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
const SIGNS = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];

/** Makes all certificates in `folder`; the origin's is for `hostName`. */
export function makeAuthorities(folder: string, hostName: string): Authorities {
  const make = (name: string, args: readonly string[]): KeyPair => {
    const pair = { certificatePath: join(folder, `${name}.pem`), keyPath: join(folder, `${name}.key`) };
    const files = ['-out', pair.certificatePath, '-keyout', pair.keyPath];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...args, ...files], { stdio: 'ignore' });
    // squid reads it as a separate user.
    chmodSync(pair.keyPath, 0o644);
    return pair;
  };
  const originAuthority = make('origin-ca', [...P256, ...SIGNS, '-subj', '/CN=origin authority']);
  const peerAuthority = make('peer-ca', ['-newkey', 'rsa:2048', ...SIGNS, '-subj', '/CN=peer authority']);
  const signer = ['-CA', originAuthority.certificatePath, '-CAkey', originAuthority.keyPath];
  const names = ['-subj', `/CN=${hostName}`, '-addext', `subjectAltName=DNS:${hostName}`];
  const origin = make('origin', [...P256, ...signer, ...names, '-addext', 'basicConstraints=CA:FALSE']);
  appendFileSync(origin.certificatePath, readFileSync(originAuthority.certificatePath));
  return { originAuthority, origin, peerAuthority };
}
