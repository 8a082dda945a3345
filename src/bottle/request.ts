import type { BudgetLimits, Policy } from '../gateway/config.ts';
import type { NamedOnHost } from '../workspace/apply/project-paths.ts';
import type { StartOnly } from './policy-change/start-only.ts';
import type { InstalledProgram } from './state/receipt.ts';
import type { ResolvedSkill } from '../manifest/resolve.ts';
import type { RuleSet } from '../gateway/dlp/rules/rule.ts';
import type { BottleSecrets } from './egress/secrets.ts';
import type { SshIdentity } from '../ssh/entry.ts';
import {
  GUEST,
  type BottleSpec,
  type Mount,
  type ForeignGateway,
  type ImageSpec,
  type NetworkForm,
  type RungCheck,
  type Resources,
} from '../drivers/driver.ts';
import { baseEnvironment, guestFilesMounts } from './guest/guest-files.ts';
import type { TrustPlace } from './trust/guest-trust.ts';
import type { WorkspaceRecord } from './state/record.ts';
import { sshMounts } from './ssh.ts';

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

/** Input of the assembly besides the request: decisions and files for this bottle. */
interface Assembly {
  readonly id: string;
  readonly runDir: string;
  readonly workspace: WorkspaceRecord;
  /** The value of TERM on the host, for an agent with a terminal. */
  readonly term: string | undefined;
  readonly trustPlaces: readonly TrustPlace[];
}

/** Builds the driver's spec of one bottle. Pure. */
export function assembleSpec(request: BottleRequest, assembly: Assembly): BottleSpec {
  const workspace = workspaceMount(assembly.workspace);
  const { gatewayAddress } = request.check.rung.traits;
  const surroundings = { term: request.tty ? assembly.term : undefined, gatewayAddress };
  return {
    id: assembly.id,
    rung: request.check.rung,
    networkForm: request.networkForm,
    image: request.image,
    resources: request.resources,
    env: { ...baseEnvironment(surroundings), ...request.env },
    argv: request.argv,
    cwd: workspace === undefined ? GUEST.home : GUEST.workspace,
    tty: request.tty,
    mounts: [
      ...(workspace === undefined ? [] : [workspace]),
      ...guestFilesMounts(assembly.runDir, assembly.trustPlaces),
      ...request.mounts,
      ...sshMounts(request.ssh, assembly.runDir),
    ],
    runDir: assembly.runDir,
    ...(request.foreignGateway === undefined ? {} : { foreignGateway: request.foreignGateway }),
  };
}

function workspaceMount(workspace: WorkspaceRecord): Mount | undefined {
  if (workspace.mode === 'none') return undefined;
  const hostPath = workspace.mode === 'copy' ? workspace.workPath : workspace.projectPath;
  return { hostPath, guestPath: GUEST.workspace, readOnly: false };
}
