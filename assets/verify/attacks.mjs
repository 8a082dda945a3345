/**
 * The attempts to get out: `node attacks.mjs TARGETS.json`, or `-` for the standard input. The same program
 * runs in the open and in a bottle. It says what it tried and met, and never whether it got out: that is judged outside.
 *
 * TARGETS.json has what an attacker would find out: the addresses of the host, the name of what the policy allows, and
 * `attempts`, which maps the id of each attempt to make to the nonce that it carries. `controls` does so for the same code
 * aimed at what is allowed.
 */
import { readFileSync } from 'node:fs';
import { ATTACKS } from './tables.mjs';
import { within } from './wire.mjs';

/** What stood in the way; undefined when nothing did. */
async function meet(deadlineMs, make) {
  try {
    await within(deadlineMs, make());
  } catch (error) {
    return error instanceof AggregateError ? error.errors[0]?.message : error.message;
  }
}

const deadlineOf = (id) => ATTACKS[id].deadlineMs ?? targets.deadlineMs;

async function attempt(id, nonce, targets) {
  const met = await meet(deadlineOf(id), () => ATTACKS[id].attack(targets, nonce));
  return { attempt: id, met: met ?? 'nothing in its way' };
}

async function control(id, nonce, targets) {
  const met = await meet(deadlineOf(id), () => ATTACKS[id].control(targets, nonce));
  return { control: id, ok: met === undefined, said: met ?? 'nothing in its way' };
}

const targets = JSON.parse(readFileSync(process.argv[2] === '-' ? 0 : process.argv[2], 'utf8'));
const known = (nonces) => Object.entries(nonces).filter(([id]) => id in ATTACKS);
const say = (lines) => {
  for (const line of lines) console.log(JSON.stringify(line));
};

/** What may end the program, or the whole bottle: at the very end, each after its control. */
const isLast = (id) => ATTACKS[id].last === true;

/** Side by side; those that keep the program from anything else afterwards, one after the other. */
async function make(one, nonces) {
  const isAlone = ([id]) => ATTACKS[id].alone === true;
  const all = known(nonces).filter(([id]) => !isLast(id));
  say(await Promise.all(all.filter((each) => !isAlone(each)).map(([id, nonce]) => one(id, nonce, targets))));
  for (const [id, nonce] of all.filter(isAlone)) say([await one(id, nonce, targets)]);
}

await make(attempt, targets.attempts);
// Afterwards: what an attempt has spoiled shows here.
await make(control, targets.controls);
for (const [id, nonce] of known(targets.attempts).filter(([id]) => isLast(id))) {
  if (id in targets.controls) say([await control(id, targets.controls[id], targets)]);
  say([await attempt(id, nonce, targets)]);
}
process.exit(0); // whatever still hangs in a connection
