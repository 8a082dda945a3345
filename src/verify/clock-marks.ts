import { createInterface } from 'node:readline';
import { spawnProgram } from '../host/run.ts';

/**
 * What the kernel keeps beside this host's clock, watched: whoever may set the clock may set that, without harm. It is what the
 * clock is taken to be wrong by, and a kind of daylight saving time. Perl asks for it, as Node has no adjtimex(2).
 */
export interface ClockWatch extends Disposable {
  /** All that was read of either; empty where it cannot be read. */
  readonly marks: ReadonlySet<number>;
}

/** Of adjtimex(2) the fifth field, `esterror`, of gettimeofday(2) `tz_dsttime`; asking changes nothing. */
const WATCH = `
  use POSIX; $| = 1; my ($parent, %seen) = (getppid);
  my ($adjust, $get) = (POSIX::uname())[4] eq 'x86_64' ? (159, 96) : (171, 169);
  while (1) {
    my ($timex, $zone) = (pack('x208'), pack 'x8');
    syscall($adjust, $timex) >= 0 && syscall($get, 0, $zone) == 0 or exit 1;
    for my $mark (unpack('x32 q', $timex), unpack 'x4 l', $zone) { $seen{$mark}++ or print "$mark\\n" or exit }
    select undef, undef, undef, 0.1; exit if getppid != $parent;
  }`;

/** Begins to watch. */
export function watchClock(): ClockWatch {
  const marks = new Set<number>();
  const perl = spawnProgram('perl', ['-e', WATCH], { stdio: ['ignore', 'pipe', 'ignore'] });
  perl.on('error', () => undefined); // nothing is seen then, and no control goes through
  if (perl.stdout !== null) createInterface(perl.stdout).on('line', (line) => marks.add(Number(line)));
  return { marks, [Symbol.dispose]: () => void perl.kill('SIGKILL') };
}
