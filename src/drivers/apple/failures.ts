import { BottleError } from '../../errors.ts';
import type { RunResult } from '../../host/run.ts';

/** Error messages of Apple's `container`, and the fixes for them. Pure. */

interface Failure {
  readonly says: RegExp;
  readonly message: string;
  readonly fix: string;
}

export const START_SERVICE = 'container system start --enable-kernel-install';
/** Without a terminal, `system start` waits for an answer about the kernel unless a flag answers it. */
export const RESTART_SERVICE = `container system stop && ${START_SERVICE}`;

const NO_KERNEL: Failure = {
  // apple/container#1328
  says: /default kernel not configured/i,
  message: 'Apple’s container has no Linux kernel yet',
  fix: 'container system kernel set --recommended',
};

const FAILURES: readonly Failure[] = [
  {
    // The output of every call while launchd knows no service: apple/container#1280.
    says: /XPC connection error|container system service has been started|not registered with launchd/i,
    message: 'the service of Apple’s container does not run',
    fix: START_SERVICE,
  },
  NO_KERNEL,
  {
    says: /failed to find target executable \/usr\/bin\/perl/i,
    message: 'the image has no /usr/bin/perl, with which a bottle on this rung is closed and served',
    fix: 'start the Dockerfile from debian:stable-slim or node:22-slim, or use image: default',
  },
  {
    says: /Address already in use|hostname\(s\) already exist|already exists/i,
    message: 'a container of this name is there already',
    fix: 'bot-bottle gc',
  },
];

/** Describes a call, for people. */
export interface FailedCall {
  readonly what: string;
  readonly timeoutMs: number;
}

/** The error for a failed call. */
export function failureOf(result: RunResult, { what, timeoutMs }: FailedCall): BottleError {
  const said = [result.stderr, result.stdout].join('\n').trim().split('\n').filter(Boolean).slice(-8);
  if (result.notFound)
    return new BottleError('rungUnavailable', 'Apple’s container is not installed', {
      fix: 'bot-bottle doctor',
    });
  if (result.timedOut) return hung({ what, timeoutMs });
  const known = knownFailure(said.join('\n'));
  return new BottleError('rungUnavailable', known?.message ?? `Apple’s container did not ${what}`, {
    details: said,
    fix: known?.fix ?? `mend what it says itself; else restart its service: ${RESTART_SERVICE}`,
  });
}

/** The known failure with this output; undefined if there is none. */
export const knownFailure = (said: string): Failure | undefined =>
  FAILURES.find(({ says }) => says.test(said));

/** Many calls wait forever if the service hangs: apple/container#1459, #1681, #1884, #2275. */
const hung = ({ what, timeoutMs }: FailedCall): BottleError =>
  new BottleError(
    'rungUnavailable',
    `Apple’s container did not ${what} within ${Math.ceil(timeoutMs / 1000)} s`,
    { fix: RESTART_SERVICE },
  );
