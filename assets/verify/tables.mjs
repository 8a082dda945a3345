/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { LEAKS } from './leaks.mjs';
import { NETWORK } from './network.mjs';
import { WAYS } from './ways.mjs';

export const ATTACKS = {
  ...NETWORK,
  ...WAYS,
  ...LEAKS,
};
