/**
 * The attempts to get out, all side by side: `node attacks.mjs TARGETS.json`. The same program runs in the open and in
 * a bottle. It says what it tried, and never whether it worked: that is for the canary outside to judge.
 *
 * TARGETS.json has what an attacker would find out: the addresses of the host, the name of what the policy allows, and
 * `attempts`, which maps the id of each attempt to make to the nonce that it carries.
 */
import { readFileSync } from 'node:fs';
import { BY_PROXY } from './by-proxy.mjs';
import { LOOT } from './loot.mjs';
import { NETWORK } from './network.mjs';
import { within } from './wire.mjs';

const ATTACKS = { ...NETWORK, ...BY_PROXY, ...LOOT };

async function make(id, nonce, targets) {
  try {
    await within(targets.deadlineMs, ATTACKS[id](targets, nonce));
    return { attempt: id, met: 'nothing in its way' };
  } catch (error) {
    return { attempt: id, met: error instanceof AggregateError ? error.errors[0]?.message : error.message };
  }
}

const targets = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const made = Object.entries(targets.attempts).map(([id, nonce]) => make(id, nonce, targets));
for (const attempt of await Promise.all(made)) console.log(JSON.stringify(attempt));
process.exit(0); // whatever still hangs in a connection
