import type { Missing } from '../missing.ts';
import { HOST_KINDS, HOSTS, type HostKind } from './table.ts';
import type { EngineInfo, Here } from './engine-info.ts';

/** A host that was recognised. */
export interface EngineHost {
  readonly kind: HostKind;
  /** This program does not run on the engine's own system. */
  readonly isElsewhere: boolean;
}

/** What kind of host an engine is on: by its words, compared with what is here; never by this platform alone. Pure. */
export function recogniseHost(words: EngineInfo, here: Here): EngineHost {
  return {
    kind: HOST_KINDS.find((kind) => HOSTS[kind].matches(words, here)) ?? 'plain',
    isElsewhere:
      words.isRemote ||
      words.kernel !== here.kernel ||
      words.name !== here.name ||
      // Distributions of WSL share a kernel and a name. Podman has another word for it than os-release's PRETTY_NAME.
      (words.engine === 'docker' && words.os !== here.os),
  };
}

/** Why no bottle starts there, and what to do instead; undefined where nothing of the host speaks against it. Pure. */
export function refusalOf({ kind, isElsewhere }: EngineHost): Missing | undefined {
  const { refused, title, why, next } = HOSTS[kind];
  if (refused === 'no' || (refused === 'from outside' && !isElsewhere)) return undefined;
  return { status: 'installed', reason: `${title}: ${why}`, fix: next, evidence: { host: title } };
}
