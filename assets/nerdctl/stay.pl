# The first program of a machine without an interface, which is root there: it does nothing but end, when link.pl says so. SIGTERM it
# passes on to the agent's programs. It says nothing: what it said, the engine would keep in a file of the host's.
#
#   perl stay.pl UID:GID
use strict;
use warnings;
use POSIX ();
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/checks.pl";
require "${here}../handover/ports.pl";
require "${here}../attached/close.pl";

serve_as_first($ARGV[0] // die "usage: stay.pl UID:GID\n");
$SIG{USR1} = sub { POSIX::_exit(0) };
open STDIN, '<', '/dev/null' and open STDOUT, '>', '/dev/null' and open STDERR, '>', '/dev/null' or exit 1;
POSIX::pause() while 1;
