import { buildCommand, type Command, type CommandContext } from '@stricli/core';
import { EXIT_CODES, exitCodeOf } from '../errors.ts';
import { note } from '../ui/print.ts';
import { errorAsJson, renderError } from '../ui/report-error.ts';

/** A verb as a record: what it is called, what it takes, an example, and a thin handler that is loaded when needed. */
export interface Verb<Flags, Args extends readonly unknown[]> {
  readonly brief: string;
  /** What `--help` adds: when to use it, and at least one example line. */
  readonly examples: readonly string[];
  readonly about?: string;
  readonly parameters: Parameters<
    typeof buildCommand<Flags, Args & readonly string[], CommandContext>
  >[0]['parameters'];
  /** Gives the exit code; nothing means 0. */
  readonly load: () => Promise<(flags: Flags, ...args: Args) => Promise<number | void>>;
}

/** Turns the record into a command; every failure goes through the one printer and the one table of exit codes. */
export function defineVerb<Flags, Args extends readonly string[] = []>(
  verb: Verb<Flags, Args>,
): Command<CommandContext> {
  const example = verb.examples.map((line) => `  $ ${line}`).join('\n');
  const about = verb.about === undefined ? '' : `${verb.about}\n\n`;
  return buildCommand<Flags, Args, CommandContext>({
    docs: { brief: verb.brief, fullDescription: `${verb.brief}\n\n${about}EXAMPLES\n${example}` },
    parameters: verb.parameters,
    loader: async () => {
      const handler = await verb.load();
      return async (flags: Flags, ...args: Args) => {
        process.exitCode = await settle(flags, async () => await handler(flags, ...args));
      };
    },
  });
}

async function settle(flags: unknown, handle: () => Promise<number | void>): Promise<number> {
  try {
    return (await handle()) ?? EXIT_CODES.ok;
  } catch (error) {
    const exitCode = exitCodeOf(error);
    const wantsJson = typeof flags === 'object' && flags !== null && 'json' in flags && flags.json === true;
    note(wantsJson ? errorAsJson(error, exitCode) : renderError(error));
    return exitCode;
  }
}

/** The flag every verb with a result has. */
export const JSON_FLAG = { kind: 'boolean', brief: 'Print JSON for machines', default: false } as const;

/** A positional argument that is passed on as it is. */
export const asIs = (text: string): string => text;
