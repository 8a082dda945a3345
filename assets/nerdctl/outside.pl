# The other end of a machine's way out (mux.pl), on the host, in a sandbox whose network has loopback alone: what the machine says is
# read here, and what it may reach is what is opened in this network, which are the gateway's ports.
#
#   perl outside.pl BOT_BOTTLE_ID=ID ADDRESS CONTROL_FD
#
# Standard input and output lead to link.pl. The launcher is at the other end of CONTROL_FD: a byte from it has the machine checked, and
# what comes of that goes to it, a letter, a length of four bytes, and that many bytes. Its end is this program's.
use strict;
use warnings;
use POSIX ();
use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY);
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/ports.pl";
require "${here}mux.pl";

my $is_asked;
my (undef, $address, $control_fd) = @ARGV;
open my $control, '+<&=', $control_fd // die "usage: outside.pl BOT_BOTTLE_ID=ID ADDRESS CONTROL_FD\n" or die "descriptor $control_fd: $!\n";
my %port = map { $_->{name} => $_->{port} } grep { $_->{type} == SOCK_STREAM } gateway_ports();
$SIG{PIPE} = 'IGNORE';
Mux::carry({
    in      => \*STDIN,
    out     => \*STDOUT,
    open    => \&connected_to,
    heed    => \&tell_launcher,
    watched => [ { handle => $control, heard => \&launcher_says } ],
});
exit 0;

sub connected_to {
    my ($name) = @_;
    my $port = $port{$name} // die "no port of the gateway's is called so\n";
    socket my $socket, AF_INET, SOCK_STREAM, 0 or return;
    connect $socket, pack_sockaddr_in($port, inet_aton($address)) or return;
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    return $socket;
}

sub launcher_says {
    sysread $control, my $bytes, 16 or exit 0;
    Mux::send_frame('g', 0, '');
    $is_asked = 1;
    return 1;
}

# One answer to each question: what nobody asked for is no answer.
sub tell_launcher {
    my ($letter, $bytes) = @_;
    die "an unknown frame\n" if $letter !~ /^[ln]$/ || !$is_asked;
    $is_asked = 0;
    write_all($control, pack 'a N/a*', $letter, $bytes);
}
