import { BottleError } from '../../errors.ts';
import type { RunResult } from '../../host/run.ts';
import { startService } from '../engine/packages.ts';
import { knownFix } from '../container/fixes.ts';

/** Error messages of nerdctl, and the fixes for them. */

interface Failure {
  readonly says: RegExp;
  readonly message: string;
  readonly fix: () => string;
}

const FAILURES: readonly Failure[] = [
  {
    // pkg/clientutil/client.go
    says: /cannot access containerd socket|containerd\.sock.*(?:connection refused|no such file)|rootless containerd not running/i,
    message: 'containerd does not run, or this user may not reach it',
    fix: () => startService('containerd', 'containerd'),
  },
  {
    // pkg/shim/shim.go of containerd
    says: /runtime "[^"]+" binary not installed|containerd-shim-\S+": (?:executable )?file (?:does not exist|not found)/i,
    message: 'containerd does not find Kata’s shim in its PATH',
    fix: () =>
      'sudo ln -s /opt/kata/bin/containerd-shim-kata-v2 /usr/local/bin/, where that is Kata’s release',
  },
  {
    says: /buildctl needs to be installed|no buildkit host is available/i,
    message: 'nerdctl builds images by BuildKit, which does not run here',
    fix: () =>
      'install BuildKit (it is in nerdctl-full), or build the image elsewhere and name it: image: NAME',
  },
  {
    says: /name "[^"]+" is already used/i,
    message: 'a container of this name is there already',
    fix: () => 'bot-bottle gc',
  },
  {
    says: /\/usr\/bin\/perl.*(?:no such file|not found)/i,
    message: 'the image has no /usr/bin/perl, with which a bottle on this rung is closed and served',
    fix: () => 'start the Dockerfile from debian:stable-slim or node:22-slim, or use image: default',
  },
];

/** Describes a call, for people. */
export interface FailedCall {
  readonly what: string;
  readonly timeoutMs: number;
}

/** The error for a failed call. */
export function failureOf(result: RunResult, { what, timeoutMs }: FailedCall): BottleError {
  if (result.notFound)
    return new BottleError('rungUnavailable', 'nerdctl is not installed', { fix: 'bot-bottle doctor' });
  if (result.timedOut)
    return new BottleError(
      'rungUnavailable',
      `nerdctl did not ${what} within ${Math.ceil(timeoutMs / 1000)} s`,
      { fix: 'see whether containerd answers: sudo nerdctl info' },
    );
  const said = linesIn(result);
  const known = FAILURES.find(({ says }) => says.test(said.join('\n')));
  return new BottleError('rungUnavailable', known?.message ?? `nerdctl did not ${what}`, {
    details: said,
    fix:
      known?.fix() ??
      knownFix(said.join('\n')) ??
      'mend what it says itself; whether containerd answers: sudo nerdctl info',
  });
}

const linesIn = ({ stderr, stdout }: RunResult): readonly string[] =>
  [stderr, stdout].join('\n').trim().split('\n').filter(Boolean).slice(-8);
