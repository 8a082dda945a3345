import { hostVariable } from '../host/env.ts';

/**
 * The command with which the user called a clone's launcher, such as `./bot-bottle`; unset if the program is on PATH.
 */
const CALLED_AS = 'BOT_BOTTLE_CALLED_AS';

/**
 * Returns the text with each command line as this user would type it: in a clone, the shell does not find `bot-bottle`.
 */
export function asCalled(text: string, calledAs = hostVariable(CALLED_AS)): string {
  if (calledAs === undefined || !/^[\w./~-]+$/.test(calledAs)) return text;
  return text.replaceAll(/(?<![\w./-])bot-bottle (?=[a-z]|--)/g, `${calledAs} `);
}
