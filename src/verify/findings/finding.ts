import type { Policy } from '../../gateway/config.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';

/**
 * A finding is an attack that a manifest's own grants suggest: the bottle holds, and what it was told to let through is enough.
 * Nothing is tried for it; it follows from the manifest, from the project's folder and from what this computer is.
 */

/** From most to least severe. */
export const SEVERITIES = ['high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Keys are added, never renamed: other programs read it. */
export interface Finding {
  /** Of the kind: lower case and dashes. */
  readonly id: string;
  readonly severity: Severity;
  /** What an attacker in the bottle would do, in one plain sentence. */
  readonly claim: string;
  /** Which rule or setting suggests it, and how. Never a secret. */
  readonly evidence: string;
  /** Where that stands, as `bot-bottle.yaml:12:9`; null for what the manifest does not say at all. */
  readonly place: string | null;
  /** Why it is as severe as that. */
  readonly why: string;
  /** The line of a manifest to write, or what else helps. */
  readonly remedy: string;
  /** Where such an attack was described, or what the judgement rests on. */
  readonly source: string;
}

/** A kind of finding. One is added by a record in kinds/. */
export interface Kind {
  readonly id: string;
  readonly claim: string;
  /** The severities that it can have, each with the reason. */
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

/** All that findings follow from, already read: judging has no effects. */
export interface Subject {
  readonly agent: ResolvedAgent;
  /** Of its gateway. */
  readonly policy: Policy;
  /** Where settings are written, by name: `workspace`, `egress.canary`, `env.NAME`. */
  readonly places: ReadonlyMap<string, string>;
  readonly host: HostFacts;
  /** Undefined where the agent does not work in the folder itself. */
  readonly mounted: MountedProject | undefined;
}

export interface HostFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Files of the user's home that hold keys, as `~/.ssh/id_ed25519`. */
  readonly homeKeys: readonly string[];
  /** Where the package clients of this computer download from. */
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
  /** Files that programs of this computer run or obey, with the reason. */
  readonly executed: readonly { readonly path: string; readonly why: string }[];
  /** Files with a secret in them. */
  readonly secrets: readonly { readonly path: string; readonly what: string }[];
  /** Files with another name outside the project. */
  readonly sharedFiles: readonly string[];
}
