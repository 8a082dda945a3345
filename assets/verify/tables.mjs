/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { BY_PROXY } from './by-proxy.mjs';
import { CREDENTIALS, FILES } from './files.mjs';
import { LIMITS } from './limits.mjs';
import { LOOT } from './loot.mjs';
import { NETWORK } from './network.mjs';
import { PLANTING } from './planting.mjs';
import { SECRETS } from './secrets.mjs';

export const ATTACKS = { ...NETWORK, ...BY_PROXY, ...LOOT, ...CREDENTIALS, ...FILES, ...PLANTING, ...SECRETS, ...LIMITS };
