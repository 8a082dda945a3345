# Asks the kernel for one thing and holds what it got: perl kernel.pl WHAT NONCE HOLD_SECONDS [PID_OF_THE_HOST]. Whoever
# watches from the host finds the process by the nonce and sees what it has become. Nothing is written, triggered or sent:
# descriptors are held, and all of it goes with the process; what does not is undone here.
use strict;
use warnings;
use FindBin qw($RealBin);
use Time::HiRes qw(sleep);
use lib $RealBin;
use kernel_attempts;
use kernel_calls ();

$^F = 255;    # Descriptors stay open in programs that are run.
my ($what, $nonce, $hold, $pid) = @ARGV;
my $attempt = $kernel_attempts::ATTEMPTS{$what} or die "no such attempt: $what\n";

# This process stays as it is: of an attempt that the kernel answers with a signal, it is what is seen.
my $child = fork // die "fork: $!\n";
if ($child == 0) {
    setpgrp;
    my @undo;
    my $held = eval { $attempt->($nonce, $pid // 0, \@undo) };
    print defined $held ? "nothing in its way\n" : "$@";
    close STDOUT;
    sleep $hold;
    $_->() for reverse @undo;
    exit 0;
}
setpgrp $child, $child;
close STDOUT;
sleep $hold + 0.2;
kill 'KILL', -$child, $child;
waitpid $child, 0;
kernel_calls::remove_traces($nonce);
exit 0;
