/** Every attack there is, by id; each record in src/verify/probes has one here. */
import { BACK } from './back.mjs';
import { BY_PROXY } from './by-proxy.mjs';
import { CONFIG } from './config.mjs';
import { GIT } from './git.mjs';
import { LIFE } from './life.mjs';
import { LOOT } from './loot.mjs';
import { NETWORK } from './network.mjs';
import { TERMINAL } from './terminal.mjs';

export const ATTACKS = { ...NETWORK, ...BY_PROXY, ...LOOT, ...GIT, ...CONFIG, ...BACK, ...TERMINAL, ...LIFE };
