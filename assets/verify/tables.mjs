/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { BACK } from './back.mjs';
import { BY_PROXY } from './by-proxy.mjs';
import { KERNEL } from './kernel.mjs';
import { DNS } from './dns.mjs';
import { HEADS } from './heads.mjs';
import { RULE_LIMITS } from './rule-limits.mjs';
import { CREDENTIALS, FILES } from './files.mjs';
import { LIMITS } from './limits.mjs';
import { CONFIG } from './config.mjs';
import { ENGINE } from './engine.mjs';
import { GIT } from './git.mjs';
import { KEYS } from './keys.mjs';
import { LIFE } from './life.mjs';
import { LOOT } from './loot.mjs';
import { NAMES } from './names.mjs';
import { NETWORK } from './network.mjs';
import { WAYS } from './ways.mjs';

import { PLANTING } from './planting.mjs';
import { SECRETS } from './secrets.mjs';

import { TERMINAL } from './terminal.mjs';

export const ATTACKS = {
  ...NETWORK,
  ...WAYS,
  ...DNS,
  ...NAMES,
  ...BY_PROXY,
  ...HEADS,
  ...RULE_LIMITS,
  ...LOOT,
  ...CREDENTIALS,
  ...KEYS,
  ...ENGINE,
  ...FILES,
  ...PLANTING,
  ...SECRETS,
  ...LIMITS,
  ...KERNEL,
  ...GIT,
  ...CONFIG,
  ...BACK,
  ...TERMINAL,
  ...LIFE,
};
