/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { BACK } from './back.mjs';
import { CREDENTIALS, FILES } from './files.mjs';
import { LIMITS } from './limits.mjs';
import { CONFIG } from './config.mjs';
import { GIT } from './git.mjs';
import { LIFE } from './life.mjs';
import { LOOT } from './loot.mjs';
import { NETWORK } from './network.mjs';
import { WAYS } from './ways.mjs';

import { PLANTING } from './planting.mjs';
import { SECRETS } from './secrets.mjs';

import { TERMINAL } from './terminal.mjs';

export const ATTACKS = {
  ...NETWORK,
  ...WAYS,
  ...LOOT,
  ...CREDENTIALS,
  ...FILES,
  ...PLANTING,
  ...SECRETS,
  ...LIMITS,
  ...GIT,
  ...CONFIG,
  ...BACK,
  ...TERMINAL,
  ...LIFE,
};
