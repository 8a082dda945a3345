import { BottleError } from '../../errors.ts';

/** Before the agent nothing of the image's runs: what has this form on the console is ours (`fail` in assets/microvm/guest). */
const WORD = /^bot-bottle: (.+)$/;

/** The same failure, by what the machine has said of it itself, where it did. Pure. */
export function inItsOwnWords(error: unknown): unknown {
  if (!(error instanceof BottleError)) return error;
  const said = error.details.flatMap((line) => WORD.exec(line.trim())?.slice(1) ?? []).at(-1);
  if (said === undefined) return error;
  const { code, details, fix } = error;
  return new BottleError(code, `the machine did not come up: ${said}`, {
    details,
    fix: fix ?? 'its last lines are above; of an image of your own, see whether the default one comes up',
    cause: error,
  });
}
