/** Attempts to find the key by which the bottle's own authority vouches for hosts. Who has it can sign: that is judged outside. */
import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownDir } from './files.mjs';
import { ofAllProcesses, withOwnProcess } from './loot.mjs';
import { fileTexts, memoryTexts } from './search.mjs';
import { carryHome } from './wire.mjs';

/** RFC 7468, and RFC 5915's own label. */
const PRIVATE_KEY = /-----BEGIN ((?:EC |RSA |)PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----/g;

/** In variables and arguments, an end of line is often written as two letters. */
const asLines = (text) => text.replaceAll('\\n', '\n');

/** Every private key in variables, arguments, small files and memory, once. */
function* keys() {
  const seen = new Set();
  for (const text of places()) {
    for (const [pem] of asLines(text).matchAll(PRIVATE_KEY)) {
      if (seen.has(pem)) continue;
      seen.add(pem);
      const key = parsed(pem);
      if (key !== undefined) yield key;
    }
  }
}

function* places() {
  yield JSON.stringify(process.env);
  yield ofAllProcesses('environ');
  yield ofAllProcesses('cmdline');
  yield* fileTexts();
  yield* memoryTexts();
}

/** Of what looks like a key, not all is one. */
function parsed(pem) {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const MOST_KEYS = 64;

/** The word, signed by each key that is here, in base64. */
function signatures(word) {
  const all = [];
  for (const key of keys()) {
    if (all.length === MOST_KEYS) break;
    const digest = ['rsa', 'ec'].includes(key.asymmetricKeyType) ? 'sha256' : null;
    all.push(sign(digest, Buffer.from(word), key).toString('base64'));
  }
  return all;
}

/** A key that lies in a file, and one that a process was given, are found by the same search, and sign. */
async function findOwn(t, nonce) {
  const [one, other] = [newKey(), newKey()];
  writeFileSync(join(ownDir(), 'key.pem'), one.privateKey);
  const found = await withOwnProcess(other.privateKey, () => signatures(nonce));
  const isSigned = ({ publicKey }) =>
    found.some((text) => verify('sha256', Buffer.from(nonce), publicKey, Buffer.from(text, 'base64')));
  if (![one, other].every(isSigned)) throw new Error('what is there is not found');
  await carryHome(t, nonce);
}

const PEM = { type: 'pkcs8', format: 'pem' };
const newKey = () =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: PEM,
    publicKeyEncoding: { ...PEM, type: 'spki' },
  });

export const KEYS = {
  'ca-key': {
    alone: true,
    attack: async (_t, nonce) => {
      const all = signatures(nonce);
      throw new Error(all.length === 0 ? 'no private key is there' : `signed: ${all.join(' ')}`);
    },
    control: findOwn,
  },
};
