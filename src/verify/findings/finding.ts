import type { Policy } from '../../gateway/config.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';

/**
 * A finding is an attack that a manifest's own grants make possible: the bottle holds, but its permissions are enough.
 * Findings need no attempts; they follow from the manifest, the project's folder and this host.
 */

/** Ordered from most to least severe. */
export const SEVERITIES = ['high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Other programs read it: add keys, never rename them. */
export interface Finding {
  /** The id of its kind: lower case and dashes. */
  readonly id: string;
  readonly severity: Severity;
  /** What an attacker in the bottle would do, in one plain sentence. */
  readonly claim: string;
  /** The rule or setting that makes it possible, and how. Never a secret. */
  readonly evidence: string;
  /** The position of that setting, such as `bot-bottle.yaml:12:9`; null if the manifest does not set it. */
  readonly place: string | null;
  /** Why it has this severity. */
  readonly why: string;
  /** The line to write in a manifest, or another remedy. */
  readonly remedy: string;
  /** A description of such an attack, or the basis of the judgement. */
  readonly source: string;
}

/** A kind of finding. To add one, add a record in kinds/. */
export interface Kind {
  readonly id: string;
  readonly claim: string;
  /** The possible severities, each with the reason. */
  readonly severities: { readonly [severity in Severity]?: string };
  readonly source: string;
  readonly find: (subject: Subject) => readonly Found[];
}

export interface Found {
  readonly severity: Severity;
  readonly evidence: string;
  readonly place?: string | undefined;
  readonly remedy: string;
}

/** All input that findings follow from, already read: judging has no effects. */
export interface Subject {
  readonly agent: ResolvedAgent;
  /** The policy of its gateway. */
  readonly policy: Policy;
  /** The positions of settings, by name: `workspace`, `egress.canary`, `env.NAME`. */
  readonly places: ReadonlyMap<string, string>;
  readonly host: HostFacts;
  /** Undefined if the agent does not work in the project folder itself. */
  readonly mounted: MountedProject | undefined;
}

export interface HostFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Files with keys in the user's home, such as `~/.ssh/id_ed25519`. */
  readonly homeKeys: readonly string[];
  /** The registries that this host's package clients download from. */
  readonly registries: readonly Registry[];
}

export interface Registry {
  readonly client: string;
  readonly host: string;
  readonly port: number;
  readonly scheme: 'https' | 'http';
}

export interface MountedProject {
  readonly isRepository: boolean;
  /** Files that programs of this host run or obey, with the reason. */
  readonly executed: readonly { readonly path: string; readonly why: string }[];
  /** Files that contain a secret. */
  readonly secrets: readonly { readonly path: string; readonly what: string }[];
  /** Files with a hard link outside the project. */
  readonly sharedFiles: readonly string[];
}
