import { buildCommand, type Command, type CommandContext, type TypedCommandParameters } from '@stricli/core';
import { BottleError, EXIT_CODES, exitCodeOf } from '../errors.ts';
import { diskFault } from '../host/files.ts';
import { note } from '../ui/print.ts';
import { errorAsJson, renderError } from '../ui/report-error.ts';

/** The context of a verb, besides its flags and arguments. */
export interface VerbContext extends CommandContext {
  /** The words after `--`; undefined without `--`. */
  readonly rest: readonly string[] | undefined;
}

type BaseFlags = Readonly<Record<string, unknown>>;
type BaseArgs = readonly unknown[];

/** The flags of a verb without flags. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- it is meant: @stricli wants exactly the flags' keys
export type NoFlags = Record<never, never>;

/** A verb as a record: its help text, its parameters, examples, and a thin handler that is loaded on demand. */
export interface Verb<Flags extends BaseFlags, Args extends BaseArgs> {
  readonly brief: string;
  /** More text for `--help`: when to use the verb, and what to know about it. */
  readonly about?: string;
  /** At least one command line. */
  readonly examples: readonly string[];
  readonly parameters: TypedCommandParameters<Flags, Args, VerbContext>;
  /** Whether the verb accepts words after `--`; otherwise they are an error. */
  readonly takesRest?: boolean;
  /** The usage line after the verb, if it differs from the one that the parameters yield. */
  readonly usage?: string;
  /** Loads the handler, which returns the exit code; no value means 0. */
  readonly load: () => Promise<(call: Call<Flags, Args>) => Promise<number | void>>;
}

export interface Call<Flags, Args> {
  readonly flags: Flags;
  readonly args: Args;
  readonly rest: readonly string[];
}

/** Turns the record into a command that prints every failure in the same form and sets the exit code. */
export function defineVerb<Flags extends BaseFlags, Args extends BaseArgs = []>(
  verb: Verb<Flags, Args>,
): Command<VerbContext> {
  const about = verb.about === undefined ? '' : `${verb.about}\n\n`;
  const examples = verb.examples.map((line) => `  $ ${line}`).join('\n');
  return buildCommand<Flags, Args, VerbContext>({
    docs: {
      brief: verb.brief,
      fullDescription: `${verb.brief}.\n\n${about}EXAMPLES\n${examples}`,
      ...(verb.usage === undefined ? {} : { customUsage: [verb.usage] }),
    },
    parameters: verb.parameters,
    loader: async () => {
      const handle = await verb.load();
      return async function (this: VerbContext, flags: Flags, ...args: Args): Promise<void> {
        process.exitCode = await settle(flags, async () => {
          if (this.rest !== undefined && verb.takesRest !== true) {
            throw new BottleError('usage', 'unexpected arguments after --', {
              fix: 'remove -- and the words after it: this verb runs no program',
            });
          }
          return await handle({ flags, args, rest: this.rest ?? [] });
        });
      };
    },
  });
}

async function settle(
  flags: Readonly<Record<string, unknown>>,
  handle: () => Promise<number | void>,
): Promise<number> {
  try {
    return (await handle()) ?? EXIT_CODES.ok;
  } catch (thrown) {
    const error = withoutFolder(thrown) ?? diskFault(thrown);
    const exitCode = exitCodeOf(error);
    note(flags['json'] === true ? errorAsJson(error, exitCode) : renderError(error));
    return exitCode;
  }
}

/** The error for a current folder that no longer exists: getcwd(3) fails with ENOENT. */
function withoutFolder(error: unknown): BottleError | undefined {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd')) return undefined;
  return new BottleError('usage', 'the current folder was removed', {
    fix: 'change to an existing folder: cd',
    cause: error,
  });
}

/** The flag of every verb that has a result. */
export const JSON_FLAG = {
  kind: 'boolean',
  brief: 'Print JSON for machines',
  default: false,
  withNegated: false,
} as const;

/** The flag of every verb that changes something. */
export const DRY_RUN_FLAG = {
  kind: 'boolean',
  brief: 'Show the changes without making them',
  default: false,
  withNegated: false,
} as const;

/** The flag of every verb that shows what a program in a bottle prints. */
export const RAW_FLAG = {
  kind: 'boolean',
  brief: 'Send unfiltered output to a pipe; by default a pipe gets the same output as a terminal',
  default: false,
  withNegated: false,
} as const;

/** Refuses an empty text, as from an unset shell variable: it would mean the current folder, or a missing value. */
function notEmpty(text: string): string {
  if (text === '') throw new Error('it is empty');
  return text;
}

/** A positional argument, as text. */
export const positional = (brief: string, placeholder: string) =>
  ({ brief, placeholder, parse: notEmpty }) as const;

/** A flag with a text. */
export const textFlag = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', brief, placeholder, parse: notEmpty, optional: true }) as const;
