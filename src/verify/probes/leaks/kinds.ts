/** What is sent that must not leave, where in what is sent, and in what disguise. */

/** Values that the manifest protects like `protected`, each cut up in one way only: of parts it is remembered that they went. */
export const CUT_UP_NAMES = [
  'inLabels',
  'inFrames',
  'inParameters',
  'inHeaders',
  'inChunks',
  'inRequests',
] as const;

/**
 * What a bottle has and must not send: a value that its manifest protects, what only looks like a credential, and the bait
 * in its home folder.
 */
export const LEAK_NAMES = [
  'protected',
  ...CUT_UP_NAMES,
  'githubToken',
  'npmToken',
  'awsKey',
  'privateKey',
  'bait',
] as const;
export type LeakName = (typeof LEAK_NAMES)[number];

/** Where in what was sent it is read; of several requests, one after the other. */
export type LeakPlace =
  | 'path'
  | 'query'
  | 'header'
  | 'headerName'
  | 'agent'
  | 'cookie'
  | 'basic'
  | 'label'
  | 'content'
  | 'field'
  | 'fileName'
  | 'trailer';

/** How a disguise is undone by who knows it. */
export type Undoing =
  | 'percent'
  | 'base64'
  | 'base32'
  | 'hex'
  | 'json'
  | 'entities'
  | 'numbers'
  | 'utf16'
  | 'quotedPrintable'
  | 'gzip'
  | 'deflate'
  | 'brotli'
  | 'zip'
  | 'pack';
