import { hostVariable } from '../host/env.ts';

/** How the launcher of a clone was called, such as `./bot-bottle`; unset where the program is on PATH. */
const CALLED_AS = 'BOT_BOTTLE_CALLED_AS';

/** The text with every command line in it as this user would type it: in a clone, `bot-bottle` alone is not found. */
export function asCalled(text: string, calledAs = hostVariable(CALLED_AS)): string {
  if (calledAs === undefined || !/^[\w./~-]+$/.test(calledAs)) return text;
  return text.replaceAll(/(?<![\w./-])bot-bottle (?=[a-z]|--)/g, `${calledAs} `);
}
