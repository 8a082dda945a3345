import { BottleError } from '../../errors.ts';

/** Before the agent nothing of the image's runs: what has this form is ours (`fail` in assets/microvm/guest, and assets/microvm/attendant.pl). */
const WORD = /^bot-bottle: (.+)$/;
const ENDED = /^its VMM was ended by signal \d+$/;

const LOOK = 'its last lines are above; of an image of your own, see whether the default one comes up';
const FREE =
  'if nobody here has ended it, the kernel did, for want of memory (journalctl -k): free some, or give the bottle less (resources.memory)';

/** The same failure, by what the machine has said of it itself, where it did. Pure. */
export function inItsOwnWords(error: unknown): unknown {
  if (!(error instanceof BottleError)) return error;
  const said = error.details.flatMap((line) => WORD.exec(line.trim())?.slice(1) ?? []).at(-1);
  if (said === undefined) return error;
  const { code, details } = error;
  return new BottleError(code, `the machine did not come up: ${said}`, {
    details,
    fix: ENDED.test(said) ? FREE : LOOK,
    cause: error,
  });
}
