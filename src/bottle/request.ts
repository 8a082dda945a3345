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

/** The request for one bottle: decided and checked, but nothing is made yet. */
export interface BottleRequest {
  readonly agent: string;
  readonly bottle: string;
  /** The selected rung, with the result of its check. */
  readonly check: RungCheck;
  readonly networkForm: NetworkForm;
  readonly image: ImageSpec;
  readonly resources: Resources;
  /** Overrides the base environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly tty: boolean;
  /** Do not filter the agent's output to a pipe. */
  readonly isRaw: boolean;
  readonly policy: Policy;
  /** Undefined for bot-bottle's own gateway. */
  readonly foreignGateway: ForeignGateway | undefined;
  readonly limits: BudgetLimits;
  /** The manifest's values, for the receipt. */
  readonly startOnly: StartOnly;
  /** The user's own rules for data that must not leave. */
  readonly secretRules: RuleSet | undefined;
  /** Also let out requests that no rule covers. */
  readonly learns: boolean;
  readonly workspace: {
    readonly mode: 'copy' | 'mount' | 'none';
    readonly projectPath: string;
    /** Patterns of files that go into a copy although they look like secrets. */
    readonly copyAnyway: readonly string[];
  };
  /** Mounts besides the workspace and the bottle's own files: the agent's program. */
  readonly mounts: readonly Mount[];
  readonly prompt: string | undefined;
  /** Configuration of package clients, by its file name in the bottle's own folder. */
  readonly clientFiles: Readonly<Record<string, string>>;
  /** For the receipt. */
  readonly manifestDigest: string;
  /** Full path from --manifest; undefined if the user named none. */
  readonly manifestPath?: string | undefined;
  /** Files and commands of the host that the next start by the same manifests uses. */
  readonly startFiles: NamedOnHost;
  /** The agent's program, if bot-bottle installed it. */
  readonly agentProgram: InstalledProgram | null;
  /** Copied into the bottle, read-only. */
  readonly skills: readonly ResolvedSkill[];
  /** For the gateway; the bottle's environment contains placeholders. */
  readonly secrets: BottleSecrets;
  /** Keys for the bottle that stay outside it. */
  readonly ssh: readonly SshIdentity[];
}
