import { at, list, parse, text } from '../../attached/json.ts';

/** Parses the output of `container` about itself and about images, for any version. Pure. */

/**
 * Whether its service runs, by the answer of `container system status --format json`: `{status, ...}` up to 1.2.2,
 * `{status, server, paths}` from 1.3 on, and only `status` when it is stopped.
 */
export const isServing = (said: string): boolean => text(at(parse(said), 'status')) === 'running';

/**
 * The version of the running service, by the same answer; undefined if it is missing. An upgrade does not stop the old
 * service.
 */
export function serviceVersionIn(said: string): string | undefined {
  const answer = parse(said);
  const line = text(at(answer, 'server', 'version')) ?? text(at(answer, 'apiServerVersion')) ?? '';
  return /\b(\d+\.\d+\.\d+)\b/.exec(line)?.[1];
}

/** The digest of the first image that `container image inspect` shows; undefined if it shows none. */
export function imageDigestIn(said: string): string | undefined {
  const [first] = list(parse(said));
  const found = [
    at(first, 'configuration', 'descriptor', 'digest'),
    at(first, 'index', 'digest'),
    at(first, 'descriptor', 'digest'),
    at(first, 'id'),
  ].flatMap((one) => text(one) ?? []);
  const digest = found.find((one) => /^(sha256:)?[0-9a-f]{64}$/.test(one));
  return digest === undefined || digest.startsWith('sha256:') ? digest : `sha256:${digest}`;
}
