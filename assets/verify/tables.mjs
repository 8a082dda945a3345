/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { CREDENTIALS, FILES } from './files.mjs';
import { LEAKS } from './leaks.mjs';
import { LOOT } from './loot.mjs';

import { SECRETS } from './secrets.mjs';

export const ATTACKS = {
  ...LOOT,
  ...CREDENTIALS,
  ...FILES,
  ...SECRETS,
  ...LEAKS,
};
