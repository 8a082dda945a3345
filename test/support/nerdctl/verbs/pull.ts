import { Failure } from '../failure.ts';
import { parseReference, referenceText, type Reference } from '../store/references.ts';
import { atLeast } from '../cli/flags.ts';
import type { Call } from './context.ts';

/** What the real one says where no registry can be reached (containerd's core/remotes/docker/resolver.go). */
export function pullFailure(reference: Reference): Failure {
  const host = reference.name.split('/')[0] ?? '';
  const path = reference.name.slice(host.length + 1);
  const url = `https://${host}/v2/${path}/manifests/${reference.digest || reference.tag}`;
  const bare = host.split(':')[0] ?? '';
  const why = `failed to do request: Head "${url}": dial tcp: lookup ${bare}: no such host`;
  return new Failure(`failed to resolve reference "${referenceText(reference)}": ${why}`);
}

/** `nerdctl pull`: it fails. */
export async function pull({ flags }: Call): Promise<number> {
  atLeast(1, flags.rest);
  return await Promise.reject(pullFailure(parseReference(flags.rest[0] ?? '')));
}
