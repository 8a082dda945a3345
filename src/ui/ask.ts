import { isatty } from 'node:tty';
import { BottleError } from '../errors.ts';
import { holdProgress } from './progress.ts';

/**
 * A yes-or-no question, default no. Without a terminal it is an error that names the flag to give instead.
 * @throws BottleError `usage`
 */
export async function confirm(question: string, flag: string): Promise<boolean> {
  requireTerminal(question, flag);
  const { confirm: ask, isCancel } = await import('@clack/prompts');
  using _held = holdProgress();
  const answer = await ask({ message: question, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

/**
 * A line of text from the user. Without a terminal it is an error that names the flag to give instead.
 * @throws BottleError `usage`
 */
export async function askText(question: string, flag: string): Promise<string> {
  requireTerminal(question, flag);
  const { text, isCancel } = await import('@clack/prompts');
  using _held = holdProgress();
  const answer = await text({ message: question, output: process.stderr });
  if (isCancel(answer)) throw new BottleError('usage', `no answer to: ${question}`, { fix: `give ${flag}` });
  return answer;
}

/** Whether a question can be asked here: it is shown on stderr and answered on stdin. */
export const hasTerminal = (): boolean => isatty(0) && isatty(2);

function requireTerminal(question: string, flag: string): void {
  if (hasTerminal()) return;
  throw new BottleError('usage', `cannot ask without a terminal: ${question}`, { fix: `give ${flag}` });
}
