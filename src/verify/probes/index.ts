import { BACK } from './back.ts';
import { CONFIG } from './config.ts';
import { CREDENTIALS } from './credentials.ts';
import { CREDENTIAL_FILES } from './credential-files.ts';
import { DNS } from './dns.ts';
import { FILES } from './files.ts';
import type { FamilyName, Probe } from './probe.ts';
import { FILES_BY_WAYS } from './files-by-ways.ts';
import { GIT } from './git.ts';
import { HEADS } from './heads.ts';
import { HOSTS } from './hosts.ts';
import { KERNEL } from './kernel/kernel.ts';
import { LIFE } from './life.ts';
import { LIMITS } from './limits.ts';
import { NAMES } from './names.ts';
import { NETWORK } from './network.ts';
import { PLANTING } from './planting.ts';
import { RULE_LIMITS } from './rule-limits.ts';
import { SECRETS } from './secrets.ts';
import { TERMINAL } from './terminal.ts';
import { WAYS } from './ways.ts';

/** Every probe there is, in the order of the report. The one list. */
export const PROBES: readonly Probe[] = [
  ...WAYS,
  ...NETWORK,
  ...DNS,
  ...NAMES,
  ...HOSTS,
  ...HEADS,
  ...RULE_LIMITS,
  ...CREDENTIALS,
  ...CREDENTIAL_FILES,
  ...SECRETS,
  ...FILES,
  ...FILES_BY_WAYS,
  ...PLANTING,
  ...KERNEL,
  ...BACK,
  ...GIT,
  ...CONFIG,
  ...TERMINAL,
  ...LIFE,
  ...LIMITS,
];

export interface Selection {
  readonly family?: FamilyName | undefined;
  readonly probe?: string | undefined;
}

/** Those that were asked for; all, where nothing is said. */
export const selectProbes = ({ family, probe }: Selection): readonly Probe[] =>
  PROBES.filter(
    (one) => (family === undefined || one.family === family) && (probe === undefined || one.id === probe),
  );
