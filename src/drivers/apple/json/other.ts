import { at, list, parse, text } from '../../attached/json.ts';

/** What `container` says of itself and of images, whatever its version. Pure. */

/**
 * Whether its service runs, by `container system status --format json`: `{status, ...}` up to 1.2.2, `{status, server, paths}` from
 * 1.3 on, and only `status` when it is stopped.
 */
export const isServing = (said: string): boolean => text(at(parse(said), 'status')) === 'running';

/** The version of the service that runs, by the same answer, which an upgrade does not end; undefined where it does not say it. */
export function serviceVersionIn(said: string): string | undefined {
  const answer = parse(said);
  const line = text(at(answer, 'server', 'version')) ?? text(at(answer, 'apiServerVersion')) ?? '';
  return /\b(\d+\.\d+\.\d+)\b/.exec(line)?.[1];
}

/** The digest of the first image that `container image inspect` shows; undefined where it shows none. */
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
