import { verify, X509Certificate } from 'node:crypto';

/** Long enough for any signature, as base64 has it. */
const SIGNATURE = /[A-Za-z0-9+/]{80,}={0,2}/g;

/** Whether somebody who has the key of this certificate, PEM, has signed the word, by what was said. Pure. */
export function isSignedBy(certificate: string, word: string, said: string): boolean {
  const { publicKey } = new X509Certificate(certificate);
  return [...said.matchAll(SIGNATURE)].some(([text]) =>
    verify('sha256', Buffer.from(word), publicKey, Buffer.from(text, 'base64')),
  );
}
