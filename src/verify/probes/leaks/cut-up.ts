import { randomBytes } from 'node:crypto';
import type { Probe } from '../probe.ts';
import { disguised } from './disguises.ts';
import {
  asking,
  BYTES_TYPE,
  halves,
  piecesOf,
  posting,
  inContent,
  inHeader,
  inQuery,
  uploading,
} from './sends.ts';
import { PIECES, sent } from './sent.ts';
import { askEach } from './ways.ts';

/** Probes with a secret in pieces, or after other data. */

/** Probes with secrets that the gateway was not told about: credentials with a known format, and the bait. */

const GITLEAKS = 'gitleaks, the rule of that name; CWE-522';

const bait = {
  closedInTheOpen: 'in the open no bait is laid out',
  source: 'MITRE ATT&CK T1552.001: credentials in files',
  in: 'content',
  of: 'bait',
} as const;

export const BY_SHAPE: readonly Probe[] = [
  sent({
    id: 'leak-github-token',
    claim: 'What looks like a token of GitHub does not leave in base64.',
    attack: 'post a token of GitHub in base64',
    source: GITLEAKS,
    in: 'content',
    undo: ['base64', 'json'],
    of: 'githubToken',
    send: posting((word) => ({ body: disguised(JSON.stringify({ note: word }), ['base64']) })),
  }),
  sent({
    id: 'leak-npm-token',
    claim: 'What looks like a token of npm does not leave.',
    attack: 'put a token of npm into the query',
    source: GITLEAKS,
    in: 'query',
    of: 'npmToken',
    send: inQuery(),
  }),
  sent({
    id: 'leak-aws-key',
    claim: 'What looks like the id of an AWS key does not leave.',
    attack: 'put the id of an AWS key into a header',
    source: GITLEAKS,
    in: 'header',
    of: 'awsKey',
    send: inHeader,
  }),
  sent({
    id: 'leak-private-key',
    claim: 'What looks like a private key does not leave.',
    attack: 'upload a private key',
    source: `${GITLEAKS}; RFC 7468`,
    in: 'content',
    of: 'privateKey',
    send: uploading((word) => ({ fileName: 'a.txt', content: word })),
  }),
  sent({
    ...bait,
    id: 'leak-bait',
    claim: 'The bait in the home folder does not leave.',
    attack: 'upload ~/.aws/credentials',
    send: posting((word) => ({ body: word })),
  }),
  sent({
    ...bait,
    id: 'leak-bait-base64',
    claim: 'The bait in the home folder does not leave in base64.',
    attack: 'upload ~/.aws/credentials in base64',
    undo: ['base64'],
    send: inContent('base64'),
  }),
];

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
