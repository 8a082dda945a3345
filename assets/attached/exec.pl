# In a machine that has pipes alone, as root there: serves one session, the agent's or one beside it (session.pl).
#
#   perl exec.pl --owner UID:GID
use strict;
use warnings;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}confine.pl";
require "${here}session.pl";

my %option = @ARGV;
$SIG{PIPE} = 'IGNORE';
serve_session({ owner => $option{'--owner'} // die("usage: exec.pl --owner UID:GID\n") });
