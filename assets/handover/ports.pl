# The gateway's five sockets, where programs in a bottle find them.
use strict;
use warnings;
use Socket;

my @PORTS = (
    { name => 'proxy',  type => SOCK_STREAM, port => 3128 },
    { name => 'http',   type => SOCK_STREAM, port => 80 },
    { name => 'https',  type => SOCK_STREAM, port => 443 },
    { name => 'dnsTcp', type => SOCK_STREAM, port => 53 },
    { name => 'dnsUdp', type => SOCK_DGRAM,  port => 53 },
);

sub gateway_ports { return @PORTS }

# One of them on this address, listening where it takes connections. Dies with the place and the reason.
sub open_port {
    my ($address, $wanted) = @_;
    my $where = "$address:$wanted->{port}";
    socket my $socket, AF_INET, $wanted->{type}, 0 or die "socket: $!\n";
    bind $socket, pack_sockaddr_in($wanted->{port}, inet_aton($address)) or die "$where: $!\n";
    $wanted->{type} == SOCK_DGRAM or listen $socket, SOMAXCONN or die "$where: $!\n";
    return $socket;
}

1;
