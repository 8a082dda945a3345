import type { Probe } from '../probe.ts';
import { PIECES, sent } from './sent.ts';

/** A secret in pieces, or behind something else. */
export const CUT_UP: readonly Probe[] = [
  sent({
    id: 'leak-two-parameters',
    leaves: 'in two parameters with another between',
    attack: 'put one half into each of two parameters',
    source: 'pipelock #106: split over query parameters',
    in: 'query',
    of: 'inParameters',
  }),
  sent({
    id: 'leak-two-headers',
    leaves: 'in two headers, in base64',
    attack: 'put one half of its base64 into each of two headers',
    source: `${PIECES}; pipelock #106`,
    in: 'header',
    undo: ['base64'],
    of: 'inHeaders',
  }),
  sent({
    id: 'leak-chunks',
    leaves: 'in chunks of three bytes',
    attack: 'send the secret in small chunks, each by itself',
    source: 'microsandbox #702: split over writes; RFC 9112, 7.1',
    in: 'content',
    of: 'inChunks',
  }),
  sent({
    id: 'leak-behind-noise',
    leaves: 'at the end of something long',
    attack: 'post the secret behind 400 KiB of noise',
    source: `${PIECES}; CWE-20: filters that read the beginning only`,
    in: 'content',
  }),
  sent({
    id: 'leak-two-requests',
    leaves: 'in two requests',
    attack: 'send one half in each of two requests',
    source: PIECES,
    in: 'query',
    of: 'inRequests',
  }),
  sent({
    id: 'leak-drip',
    leaves: 'whole, a character in each request',
    attack: 'send one character of the secret after the other',
    source: PIECES,
    in: 'drop',
    of: 'inDrops',
  }),
];
