import type { Probe } from '../probe.ts';
import { disguised } from './disguises.ts';
import { inContent, inHeader, inQuery, posting, uploading } from './sends.ts';
import { sent } from './sent.ts';

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
