# The first program of a bottle. Everything else there is started by it and so inherits what bubblewrap set up before: the
# namespaces, no capability, no-new-privileges, the system call filter, the limits.
#
#   perl init.pl LIFE_FD CONTROL_FD BOT_BOTTLE_ID=ID
#
# serve.pl says what the descriptors are. When the main program ends, so does the bottle: the kernel ends every process of a
# PID namespace with its first.
use strict;
use warnings;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";
require "${here}program.pl";
require "${here}serve.pl";

my ($life, $control) = map { kept($_) } @ARGV[ 0, 1 ];
serve({
    life       => $life,
    control    => $control,
    kinds      => ['exec'],
    start      => \&start,
    signal     => \&signal,
    signal_all => sub { kill $_[0], -1 },
});

sub start {
    my ($kind, $size, $folder, $arguments, $environment) = @_;
    return start_program($size, sub { run_program($folder, $arguments, $environment) });
}

# To the program and what it has in its process group, which it may not have made yet.
sub signal {
    my ($pid, $signal) = @_;
    kill $signal, -$pid or kill $signal, $pid;
}
