import { BottleError } from '../errors.ts';
import type { Question } from './draft.ts';
import { nearest } from './text/nearest.ts';
import { escapeText } from '../ui/terminal/text.ts';

/** Asks one question. `flag` is the option that gives the answer if there is no terminal. */
export type Ask = (question: string, flag: string) => Promise<string>;

/**
 * Returns the answers to a draft's questions, by variable: from `--set NAME=value` if given, otherwise from `ask`, one
 * by one.
 * @throws BottleError `usage`: a `--set` answers no question, or has the wrong form; also the errors of `ask` without a
 *   terminal
 */
export async function answerQuestions(
  questions: readonly Question[],
  given: readonly string[],
  ask: Ask,
): Promise<ReadonlyMap<string, string>> {
  const names = questions.map(({ variable }) => variable);
  const answers = new Map(given.map((setting) => parseSetting(setting, names)));
  for (const { variable, question } of questions) {
    if (answers.has(variable)) continue;
    answers.set(variable, await ask(escapeText(question), `--set ${variable}=...`));
  }
  return answers;
}

function parseSetting(setting: string, names: readonly string[]): [string, string] {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
  if (name === undefined || name === '' || value === undefined) {
    throw new BottleError('usage', '--set takes NAME=value', {
      fix:
        names.length === 0
          ? 'leave it out: the agent asks no question'
          : `answer a question of the agent’s: --set ${names[0]}=...`,
    });
  }
  if (names.includes(name)) return [name, value];
  const meant = nearest(name, names);
  throw new BottleError('usage', `--set ${escapeText(name)}: the agent asks no question for this variable`, {
    details: names.length === 0 ? [] : [`it asks for: ${names.join(', ')}`],
    fix: meant === undefined ? 'leave it out' : `did you mean --set ${meant}=...?`,
  });
}
