import { createPrivateKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownDir } from '../guest/file-attempts.ts';
import { ofAllProcesses, withOwnProcess } from '../guest/processes.ts';
import { fileTexts, memoryTexts } from '../guest/search.ts';
import { carryHome } from '../guest/wire.ts';
import type { Attempt, Probe } from './probe.ts';

/**
 * Searches for the private key of the bottle's authority. With the key, an attacker can sign; the host checks the
 * signature.
 */

/** Matches PEM private keys: RFC 7468, and the label of RFC 5915. */
const PRIVATE_KEY = /-----BEGIN ((?:EC |RSA |)PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----/g;
const MOST_KEYS = 64;

/** In variables and arguments, line ends are often written as backslash and n. */
const asLines = (text: string): string => text.replaceAll('\\n', '\n');

function* places(): Generator<string> {
  yield JSON.stringify(process.env);
  yield ofAllProcesses('environ');
  yield ofAllProcesses('cmdline');
  yield* fileTexts();
  yield* memoryTexts();
}

/** Yields every private key in variables, arguments, small files and memory, once. */
function* keys(): Generator<KeyObject> {
  const seen = new Set<string>();
  for (const text of places()) {
    for (const [pem] of asLines(text).matchAll(PRIVATE_KEY)) {
      if (seen.has(pem)) continue;
      seen.add(pem);
      const key = parsed(pem);
      if (key !== undefined) yield key;
    }
  }
}

/** Returns undefined if the text only looks like a key. */
function parsed(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Returns the word signed by each key found, in base64. */
function signatures(word: string): string[] {
  const all: string[] = [];
  for (const key of keys()) {
    if (all.length === MOST_KEYS) break;
    const digest = ['rsa', 'ec'].includes(key.asymmetricKeyType ?? '') ? 'sha256' : undefined;
    all.push(sign(digest, Buffer.from(word), key).toString('base64'));
  }
  return all;
}

interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

const newKey = (): KeyPair =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

/** The same search must find a key in a file and one in a process's arguments, and sign with both. */
const findOwn: Attempt = async (t, nonce) => {
  const [one, other] = [newKey(), newKey()];
  writeFileSync(join(ownDir(), 'key.pem'), one.privateKey);
  const found = await withOwnProcess(other.privateKey, () => signatures(nonce));
  const isSigned = ({ publicKey }: KeyPair): boolean =>
    found.some((text) => verify('sha256', Buffer.from(nonce), publicKey, Buffer.from(text, 'base64')));
  if (![one, other].every(isSigned)) throw new Error('what is there is not found');
  await carryHome(t, nonce);
};

const signAll: Attempt = (_t, nonce) => {
  const all = signatures(nonce);
  throw new Error(all.length === 0 ? 'no private key is there' : `signed: ${all.join(' ')}`);
};

export const AUTHORITY_KEY: readonly Probe[] = [
  {
    family: 'credentials',
    id: 'ca-key',
    claim: "The key by which the bottle's own authority vouches for hosts is nowhere in the bottle.",
    attack: 'find the key of its authority, and sign with it',
    oracle: { kind: 'signed' },
    control: 'canary',
    closedInTheOpen: 'in the open there is no private authority',
    breach: "is any host to the bottle's other programs, and reads what they send",
    source: 'mitmproxy, About Certificates: certificate and key in one file; MITRE ATT&CK T1552.004',
    run: { alone: true, attack: signAll, control: findOwn },
  },
];
