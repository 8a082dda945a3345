import { AUTHORITY_KEY } from './authority-key.ts';
import { BACK } from './back.ts';
import { CONFIG } from './config/index.ts';
import { CREDENTIALS, CREDENTIAL_FILES } from './credentials.ts';
import { DNS } from './dns/index.ts';
import { FILES } from './files/index.ts';
import { FLOODS } from './limits/floods.ts';
import type { Probe } from './probe.ts';
import { GIT } from './git/index.ts';
import { HEADS } from './heads/index.ts';
import { HOSTS } from './hosts.ts';
import { KERNEL } from './kernel/index.ts';
import { LEAKS } from './leaks/index.ts';
import { LIFE } from './life/life.ts';
import { LIMITS } from './limits/limits.ts';
import { NAMES } from './names/index.ts';
import { PLANTING } from './planting/index.ts';
import { RULE_LIMITS } from './rule-limits/index.ts';
import { SECRETS } from './secrets/index.ts';
import { TERMINAL } from './terminal.ts';
import { WAYS } from './ways/index.ts';

/** All probes, in the order of the report. No other list exists. */
export const PROBES: readonly Probe[] = [
  ...WAYS,
  ...DNS,
  ...NAMES,
  ...HOSTS,
  ...HEADS,
  ...RULE_LIMITS,
  ...CREDENTIALS,
  ...AUTHORITY_KEY,
  ...CREDENTIAL_FILES,
  ...SECRETS,
  ...FILES,
  ...PLANTING,
  ...KERNEL,
  ...BACK,
  ...GIT,
  ...CONFIG,
  ...TERMINAL,
  ...LEAKS,
  ...LIFE,
  ...FLOODS,
  ...LIMITS,
];
