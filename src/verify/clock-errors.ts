import { createInterface } from 'node:readline';
import { spawnProgram } from '../host/run.ts';

/**
 * What this host's clock is taken to be wrong by, watched: whoever may set a clock may set that, without harm. Perl asks for it,
 * as Node has no adjtimex(2).
 */
export interface ClockErrors extends Disposable {
  /** All that was read, in microseconds; empty where it cannot be read. */
  readonly seenUs: ReadonlySet<number>;
}

/** It is its fifth field, `esterror`; asking changes nothing. */
const WATCH = `
  use POSIX; $| = 1; my $call = (POSIX::uname())[4] eq 'x86_64' ? 159 : 171; my ($parent, $last) = (getppid, '');
  while (1) {
    my $timex = pack 'x208'; syscall($call, $timex) >= 0 or exit 1;
    my $error = unpack 'x32 q', $timex; print "$error\n" or exit if $error ne $last; $last = $error;
    select undef, undef, undef, 0.1; exit if getppid != $parent;
  }`;

/** Begins to watch. */
export function watchClockErrors(): ClockErrors {
  const seenUs = new Set<number>();
  const perl = spawnProgram('perl', ['-e', WATCH], { stdio: ['ignore', 'pipe', 'ignore'] });
  perl.on('error', () => undefined); // nothing is seen then, and no control goes through
  if (perl.stdout !== null) createInterface(perl.stdout).on('line', (line) => seenUs.add(Number(line)));
  return { seenUs, [Symbol.dispose]: () => void perl.kill('SIGKILL') };
}
