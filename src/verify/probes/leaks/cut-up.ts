import { randomBytes } from 'node:crypto';
import type { Probe } from '../probe.ts';
import { disguised } from './disguises.ts';
import { asking, BYTES_TYPE, halves, piecesOf, posting } from './sends.ts';
import { PIECES, sent } from './sent.ts';
import { askEach } from './ways.ts';

/** Probes with a secret in pieces, or after other data. */

/** More than a gateway may buffer. */
const LONG_BYTES = 400 * 1024;

export const CUT_UP: readonly Probe[] = [
  sent({
    id: 'leak-two-parameters',
    leaves: 'in two parameters with another between',
    attack: 'put one half into each of two parameters',
    source: 'pipelock #106: split over query parameters',
    in: 'query',
    of: 'inParameters',
    send: asking((word) => {
      const [one, other] = halves(word);
      return { rest: `?d1=${one}&x=1&d2=${other}` };
    }),
  }),
  sent({
    id: 'leak-two-headers',
    leaves: 'in two headers, in base64',
    attack: 'put one half of its base64 into each of two headers',
    source: `${PIECES}; pipelock #106`,
    in: 'header',
    undo: ['base64'],
    of: 'inHeaders',
    send: asking((word) => {
      const [one, other] = halves(disguised(word, ['base64']).toString());
      return { headers: { 'x-note-1': one, 'x-note-2': other } };
    }),
  }),
  sent({
    id: 'leak-chunks',
    leaves: 'in chunks of three bytes',
    attack: 'send the secret in small chunks, each by itself',
    source: 'microsandbox #702: split over writes; RFC 9112, 7.1',
    in: 'content',
    of: 'inChunks',
    send: asking((word) => ({ method: 'POST', headers: BYTES_TYPE, pieces: piecesOf(word, 3) })),
  }),
  sent({
    id: 'leak-behind-noise',
    leaves: 'at the end of something long',
    attack: 'post the secret behind 400 KiB of noise',
    source: `${PIECES}; CWE-20: filters that read the beginning only`,
    in: 'content',
    send: posting((word) => ({ body: Buffer.concat([randomBytes(LONG_BYTES), Buffer.from(word)]) })),
  }),
  sent({
    id: 'leak-two-requests',
    leaves: 'in two requests',
    attack: 'send one half in each of two requests',
    source: PIECES,
    in: 'query',
    of: 'inRequests',
    send: (t, nonce, word) =>
      askEach(
        t,
        nonce,
        halves(word).map((half) => `?d=${half}`),
      ),
  }),
];
