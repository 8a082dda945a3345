import type {
  ForeignGateway,
  ImageSpec,
  Mount,
  NetworkForm,
  RungCheck,
  Resources,
} from '../drivers/driver.ts';
import type { BudgetLimits, Policy } from '../gateway/config.ts';
import type { NamedOnHost } from '../workspace/apply/project-paths.ts';
import type { StartOnly } from './policy-change/start-only.ts';
import type { InstalledProgram } from './state/receipt.ts';
import type { ResolvedSkill } from '../manifest/resolve.ts';
import type { RuleSet } from '../gateway/dlp/rules/rule.ts';
import type { BottleSecrets } from './egress/secrets.ts';
import type { SshIdentity } from '../ssh/entry.ts';

/** One bottle, as somebody wants it: decided and checked, but nothing made yet. */
export interface BottleRequest {
  readonly agent: string;
  readonly bottle: string;
  /** The rung that was chosen, with what its check found. */
  readonly check: RungCheck;
  readonly networkForm: NetworkForm;
  readonly image: ImageSpec;
  readonly resources: Resources;
  /** Beyond the base environment; wins over it. */
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly tty: boolean;
  /** What the agent writes to a pipe of the user's is not filtered. */
  readonly isRaw: boolean;
  readonly policy: Policy;
  /** Undefined: the gateway is bot-bottle's own. */
  readonly foreignGateway: ForeignGateway | undefined;
  readonly limits: BudgetLimits;
  /** As the manifest says it, for the receipt. */
  readonly startOnly: StartOnly;
  /** The user's own, for what must not leave. */
  readonly secretRules: RuleSet | undefined;
  /** What no rule is about is let out too. */
  readonly learns: boolean;
  readonly workspace: {
    readonly mode: 'copy' | 'mount' | 'none';
    readonly projectPath: string;
    /** Patterns of files that go into a copy although they look like secrets. */
    readonly copyAnyway: readonly string[];
  };
  /** Besides the workspace and the bottle's own files: the agent's program. */
  readonly mounts: readonly Mount[];
  readonly prompt: string | undefined;
  /** Configuration of package clients, by the name of its file in the bottle's own folder. */
  readonly clientFiles: Readonly<Record<string, string>>;
  /** For the receipt. */
  readonly manifestDigest: string;
  /** Of --manifest, in full; undefined: none was named. */
  readonly manifestPath?: string | undefined;
  /** What the next start of the like takes of this computer. */
  readonly startFiles: NamedOnHost;
  /** Of the agent's program, where it was installed by us. */
  readonly agentProgram: InstalledProgram | null;
  /** Copied in, read-only. */
  readonly skills: readonly ResolvedSkill[];
  /** For the gateway; the bottle's env has what stands for them. */
  readonly secrets: BottleSecrets;
  /** Held outside for the bottle. */
  readonly ssh: readonly SshIdentity[];
}
