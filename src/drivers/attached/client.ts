import { BottleError } from '../../errors.ts';
import { run, type RunOptions, type RunResult } from '../../host/run.ts';

/** Calls of an engine's client, each with a deadline: the clients themselves wait forever. */

export const DEADLINE_MS = 20_000;
/** The deadline for making or ending a machine. */
export const SLOW_MS = 60_000;

export type Call = Pick<RunOptions, 'timeoutMs' | 'signal' | 'env' | 'keepsInputOpen'>;

/** An error message of the client, and the fix for it. */
export interface Failure {
  readonly says: RegExp;
  readonly message: string;
  readonly fix: () => string;
}

export interface ClientFacts {
  readonly program: string;
  /** The name for people. */
  readonly title: string;
  readonly failures: readonly Failure[];
  /** The fix for a call that does not end. */
  readonly hungFix: string;
  /** The fix for any other output. */
  readonly otherFix: (said: string) => string;
}

/** Describes a call, for people: `what` completes `did not ...`. */
export interface FailedCall {
  readonly what: string;
  readonly timeoutMs: number;
}

export interface Client {
  /** Calls it, and returns the result, even of a failure. */
  readonly call: (args: readonly string[], call?: Call) => Promise<RunResult>;
  /** A call that must succeed; returns its output. @throws BottleError `rungUnavailable` */
  readonly expect: (what: string, args: readonly string[], call?: Call) => Promise<string>;
  /** The error for a failed call. */
  readonly failureOf: (result: RunResult, failed: FailedCall) => BottleError;
  /** The known failure with this output; undefined if there is none. */
  readonly knownFailure: (said: string) => Failure | undefined;
}

/** The calls of this client. */
export function clientOf(facts: ClientFacts): Client {
  const { program, title, failures } = facts;
  const knownFailure = (said: string): Failure | undefined => failures.find(({ says }) => says.test(said));
  const failureOf = (result: RunResult, { what, timeoutMs }: FailedCall): BottleError => {
    if (result.notFound) return unavailable(`${title} is not installed`, { fix: 'bot-bottle doctor' });
    const late = `${title} did not ${what} within ${Math.ceil(timeoutMs / 1000)} s`;
    if (result.timedOut) return unavailable(late, { fix: facts.hungFix });
    const details = linesIn(result);
    const said = details.join('\n');
    const known = knownFailure(said);
    return unavailable(known?.message ?? `${title} did not ${what}`, {
      details,
      fix: known?.fix() ?? facts.otherFix(said),
    });
  };
  const callIt: Client['call'] = async (args, call = {}) =>
    await run(program, args, { timeoutMs: DEADLINE_MS, ...call });
  return {
    knownFailure,
    failureOf,
    call: callIt,
    expect: async (what, args, call = {}) => {
      const result = await callIt(args, call);
      call.signal?.throwIfAborted();
      if (result.exitCode === 0) return result.stdout;
      throw failureOf(result, { what, timeoutMs: call.timeoutMs ?? DEADLINE_MS });
    },
  };
}

const unavailable = (message: string, options: ConstructorParameters<typeof BottleError>[2]): BottleError =>
  new BottleError('rungUnavailable', message, options);

const linesIn = ({ stderr, stdout }: RunResult): readonly string[] =>
  [stderr, stdout].join('\n').trim().split('\n').filter(Boolean).slice(-8);
