# In a bottle of Apple's container, as its first program, which is root there: closes the machine (close.pl), by the gateway's sockets
# that are mounted. Then it stays until its standard input ends, and all of the bottle with it. Nothing of the agent's runs before, and
# of the image's its perl. The agent is no program of this one's: what a container's first program prints, the runtime keeps in a file of
# the host's without a bound.
#
#   perl first.pl OPTIONS           (closing_options in close.pl)
#
# Standard output carries one frame, of `closed` in close.pl.
use strict;
use warnings;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/checks.pl";
require "${here}../handover/ports.pl";
require "${here}close.pl";

my $option = closing_options(@ARGV);
$SIG{PIPE} = 'IGNORE';
my ($letter, $bytes) = closed($option);
write_all(\*STDOUT, pack 'a N/a*', $letter, $bytes);
exit 1 if $letter eq 'n';
serve_as_first($option->{owner});
while (1) {
    my $got = sysread STDIN, my $unheard, 4096;
    exit 0 if defined $got ? $got == 0 : !$!{EINTR};
}
