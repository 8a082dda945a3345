/** Names of what must not leave, of the places in a request, and of disguises. */

/**
 * Values that the manifest protects like `protected`. Each is cut up in one way only, because the gateway remembers
 * sent pieces.
 */
export const CUT_UP_NAMES = [
  'inLabels',
  'inFrames',
  'inParameters',
  'inHeaders',
  'inChunks',
  'inRequests',
] as const;

/**
 * Secrets that a bottle has and must not send: values that its manifest protects, data that only looks like a
 * credential, and the bait in its home folder.
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

/** The place in a request where the collector reads; for several requests, their parts are joined. */
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

/** Steps that undo a disguise. */
export type Undoing =
  | 'percent'
  | 'base64'
  | 'base32'
  | 'hex'
  | 'json'
  | 'entities'
  | 'utf16'
  | 'quotedPrintable'
  | 'gzip'
  | 'deflate'
  | 'brotli'
  | 'zip'
  | 'pack';
