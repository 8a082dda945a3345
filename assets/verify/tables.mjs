/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { BY_PROXY } from './by-proxy.mjs';
import { KERNEL } from './kernel.mjs';
import { HEADS } from './heads.mjs';
import { RULE_LIMITS } from './rule-limits.mjs';
import { CREDENTIALS, FILES } from './files.mjs';
import { LOOT } from './loot.mjs';
import { NAMES } from './names.mjs';
import { NETWORK } from './network.mjs';
import { WAYS } from './ways.mjs';

import { SECRETS } from './secrets.mjs';

export const ATTACKS = {
  ...NETWORK,
  ...WAYS,
  ...NAMES,
  ...BY_PROXY,
  ...HEADS,
  ...RULE_LIMITS,
  ...LOOT,
  ...CREDENTIALS,
  ...FILES,
  ...SECRETS,
  ...KERNEL,
};
