import { isatty } from 'node:tty';
import { BottleError } from '../errors.ts';
import { holdProgress } from './progress.ts';

/**
 * Asks a yes-or-no question; the default is no.
 * @throws BottleError `usage`: there is no terminal; the error names the flag to give instead
 */
export async function confirm(question: string, flag: string): Promise<boolean> {
  requireTerminal(question, flag);
  const { confirm: ask, isCancel } = await import('@clack/prompts');
  using _held = holdProgress();
  const answer = await ask({ message: question, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

/**
 * Asks the user for a line of text.
 * @throws BottleError `usage`: there is no terminal, or the user cancels; the error names the flag to give instead
 */
export async function askText(question: string, flag: string): Promise<string> {
  requireTerminal(question, flag);
  const { text, isCancel } = await import('@clack/prompts');
  using _held = holdProgress();
  const answer = await text({ message: question, output: process.stderr });
  if (isCancel(answer)) throw new BottleError('usage', `no answer to: ${question}`, { fix: `give ${flag}` });
  return answer;
}

/** Whether bot-bottle can ask a question here: it prints questions on stderr and reads answers from stdin. */
export const hasTerminal = (): boolean => isatty(0) && isatty(2);

function requireTerminal(question: string, flag: string): void {
  if (hasTerminal()) return;
  throw new BottleError('usage', `cannot ask without a terminal: ${question}`, { fix: `give ${flag}` });
}
