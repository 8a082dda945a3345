/**
 * The attempts to get out, side by side: `node attacks.mjs TARGETS.json`, or `-` for the standard input. The same program
 * runs in the open and in a bottle. It says what it tried and met, and never whether it got out: that is judged outside.
 *
 * TARGETS.json has what an attacker would find out: the addresses of the host, the name of what the policy allows, and
 * `attempts`, which maps the id of each attempt to make to the nonce that it carries. `controls` does so for the same code
 * aimed at what is allowed.
 */
import { readFileSync } from 'node:fs';
import { ATTACKS } from './tables.mjs';
import { NOT_MADE, within } from './wire.mjs';

/** What stood in the way; undefined when nothing did. */
async function meet(deadlineMs, make) {
  try {
    await within(deadlineMs, make());
  } catch (error) {
    return error instanceof AggregateError ? error.errors[0]?.message : error.message;
  }
}

/** Those that wait for their turn say so themselves. */
const deadlineOf = (id, { deadlineMs }) => ATTACKS[id].deadlineMs ?? deadlineMs;

async function attempt(id, nonce, targets) {
  const met = await meet(deadlineOf(id, targets), () => ATTACKS[id].attack(targets, nonce));
  return met === NOT_MADE ? [] : [{ attempt: id, met: met ?? 'nothing in its way' }];
}

async function control(id, nonce, targets) {
  const met = await meet(deadlineOf(id, targets), () => ATTACKS[id].control(targets, nonce));
  return { control: id, ok: met === undefined, said: met ?? 'nothing in its way' };
}

const targets = JSON.parse(readFileSync(process.argv[2] === '-' ? 0 : process.argv[2], 'utf8'));
const known = (nonces) => Object.entries(nonces).filter(([id]) => id in ATTACKS);

/** Side by side, but not all at once: hundreds of connections at the same moment would wait for each other. */
const AT_ONCE = 12;

/** What may end the program, or the whole bottle: at the very end, each after its control. */
const isLast = ([id]) => ATTACKS[id].last === true;
/** What keeps the program from anything else meanwhile: one after the other. */
const isAlone = ([id]) => ATTACKS[id].alone === true;
/** What mostly waits, and sees itself to how many do at once. */
const isQueued = ([id]) => ATTACKS[id].queued === true;

async function sayOne(make, [id, nonce]) {
  for (const line of [await make(id, nonce, targets)].flat()) console.log(JSON.stringify(line));
}

async function sayEach(nonces, make) {
  const all = known(nonces).filter((each) => !isLast(each));
  const queued = all.filter(isQueued).map((each) => sayOne(make, each));
  const left = all.filter((each) => !isAlone(each) && !isQueued(each));
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await sayOne(make, next);
  };
  await Promise.all([...queued, ...Array.from({ length: AT_ONCE }, worker)]);
  for (const each of all.filter(isAlone)) await sayOne(make, each);
}

await sayEach(targets.attempts, attempt);
// Afterwards: what an attempt has spoiled shows here.
await sayEach(targets.controls, control);
for (const [id, nonce] of known(targets.attempts).filter(isLast)) {
  if (id in targets.controls) await sayOne(control, [id, targets.controls[id]]);
  await sayOne(attempt, [id, nonce]);
}
process.exit(0); // whatever still hangs in a connection
