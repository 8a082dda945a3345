import type { Missing } from '../missing.ts';
import { HOST_KINDS, HOSTS, type HostKind } from './table.ts';
import type { EngineInfo, Here } from './engine-info.ts';

/** A recognised host. */
export interface EngineHost {
  readonly kind: HostKind;
  /** This program does not run on the engine's own system. */
  readonly isElsewhere: boolean;
}

/**
 * The kind of host of an engine. Compares the engine's report with this host; never decides by this platform alone.
 * Pure.
 */
export function recogniseHost(words: EngineInfo, here: Here): EngineHost {
  return {
    kind: HOST_KINDS.find((kind) => HOSTS[kind].matches(words, here)) ?? 'plain',
    isElsewhere:
      words.isRemote ||
      words.kernel !== here.kernel ||
      words.name !== here.name ||
      // Distributions of WSL share a kernel and a name. Podman's `os` is not os-release's PRETTY_NAME.
      (words.engine === 'docker' && words.os !== here.os),
  };
}

/** Why no bottle starts there, and what to do instead; undefined if the host is no obstacle. Pure. */
export function refusalOf({ kind, isElsewhere }: EngineHost): Missing | undefined {
  const { refused, title, why, next } = HOSTS[kind];
  if (refused === 'no' || (refused === 'from outside' && !isElsewhere)) return undefined;
  return { status: 'installed', reason: `${title}: ${why}`, fix: next, evidence: { host: title } };
}
