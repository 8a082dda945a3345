# Asks the kernel for one thing and holds what it got: perl kernel.pl WHAT NONCE HOLD_SECONDS [PID_OF_THE_HOST]. Whoever
# watches from the host finds the process by the nonce and sees what it has become. Nothing is written, triggered or sent:
# descriptors are held, and all of it goes with the process; what does not is undone here.
use strict;
use warnings;
use Fcntl;
use FindBin qw($RealBin);
use IO::Select;
use Time::HiRes qw(sleep);
use lib $RealBin;
use kernel_attempts;
use kernel_calls ();

use constant { DEADLINE_SECONDS => 7, NOT_MADE => 3 };
$^F = 255;    # Descriptors stay open in programs that are run.
my ($what, $nonce, $hold, $pid) = @ARGV;
my $attempt = $kernel_attempts::ATTEMPTS{$what} or die "no such attempt: $what\n";

# What was made, or met, is told here; a program that is run in the attempt's place ends it.
pipe my $told, my $teller or die "pipe: $!\n";
fcntl $teller, F_SETFD, FD_CLOEXEC;

# This process stays as it is: of an attempt that the kernel answers with a signal, it is what is seen.
my $child = fork // die "fork: $!\n";
if ($child == 0) {
    setpgrp;
    my @undo;
    my $held = eval { $attempt->($nonce, $pid // 0, \@undo) };
    # A fault of this program is not an answer of the kernel.
    my $word = defined $held ? 'held' : $@ =~ / at .* line \d+/ ? 'fault' : 'met';
    print defined $held ? "nothing in its way\n" : "$@";
    close STDOUT;
    syswrite $teller, $word;
    sleep $hold;
    $_->() for reverse @undo;
    exit 0;
}
setpgrp $child, $child;
close $teller;
my $ready = IO::Select->new($told)->can_read(DEADLINE_SECONDS) ? 1 : 0;
my $word = '';
sysread $told, $word, 5 if $ready;
close STDOUT;
sleep $hold + 0.2;
kill 'KILL', -$child, $child;
waitpid $child, 0;
kernel_calls::remove_traces($nonce);
exit($ready && $word ne 'fault' ? 0 : NOT_MADE);
