# For ssh(1), as its ProxyCommand with ProxyUseFdpass: connects to a port of a bottle from inside the bottle's network, where
# nobody else is, and passes the connection on.
#
#   perl connect.pl PID ADDRESS PORT
#
# PID is a process of the bottle's VMM, whose network is joined.
use strict;
use warnings;
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/join.pl";

my ($pid, $address, $port) = @ARGV;
die "usage: connect.pl PID ADDRESS PORT\n" if !defined $port;
enter(namespaces_of($pid));
socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
connect $socket, pack_sockaddr_in($port, inet_aton($address)) or die "$address:$port: $!\n";
send_fd(\*STDOUT, "\0", fileno $socket);
