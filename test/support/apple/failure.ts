import { isAtLeast } from './settings.ts';

/** How the real one fails, in its words and with its exit codes. */

/** The codes of containerization's Sources/ContainerizationError/ContainerizationError.swift. */
export type Code =
  | 'invalidArgument'
  | 'internalError'
  | 'exists'
  | 'notFound'
  | 'invalidState'
  | 'timeout'
  | 'unsupported'
  | 'interrupted';

/** What the program says of a call that was understood and cannot be done: exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: Code;
  readonly causeText: string | undefined;

  constructor(code: Code, message: string, causeText?: string) {
    super(message);
    this.code = code;
    this.causeText = causeText;
  }
}

/** One that is found before anything is done: it is spoken with its code, by every version. */
export class EarlyFailure extends Failure {}

/** Several: each is spoken with its code, on a line of its own (AggregateError.swift of 1.2.2). */
export class Failures extends Error {
  override readonly name = 'Failures';
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(quoted).join('\n'));
    this.failures = failures;
  }
}

/** What the parser of arguments says of a call that it does not understand: exit code 64, with the usage. */
export class UsageFailure extends Error {
  override readonly name = 'UsageFailure';
}

/** An error as another quotes it: with its code. */
export const quoted = ({ code, message, causeText }: Failure): string =>
  `${code}: "${message}"${causeText === undefined ? '' : ` (cause: "${causeText}")`}`;

const HINT = 'Ensure container system service has been started with `container system start`.';

/** What is printed after `Error: `. From 1.0 the outermost code is left out (seen in reports of 1.1.0 and of 0.x). */
export function spoken(failure: Failure, version: string): string {
  const { message, causeText } = failure;
  const isService = quoted(failure).includes('XPC connection error');
  const outer = isService
    ? new Failure('interrupted', `${quoted(failure)}\n${HINT}`)
    : new Failure(failure.code, message, causeText);
  if (failure instanceof EarlyFailure || !isAtLeast(version, '1.0.0')) return quoted(outer);
  return `${outer.message}${outer.causeText === undefined ? '' : ` (cause: "${outer.causeText}")`}`;
}
