/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { FILES } from './files.mjs';
import { LEAKS } from './leaks.mjs';
import { LOOT } from './loot.mjs';
import { NETWORK } from './network.mjs';
import { WAYS } from './ways.mjs';

export const ATTACKS = {
  ...NETWORK,
  ...WAYS,
  ...LOOT,
  ...FILES,
  ...LEAKS,
};
