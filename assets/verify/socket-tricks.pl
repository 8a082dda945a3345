# Sends one message in a way that Node cannot: perl socket-tricks.pl TRICK HEX SECONDS PORT IP4...,
# HEX its bytes, SECONDS what a connection may take.
# None of them asks for a privilege, but for `route`, which is done where it can be.
use strict;
use warnings;
use Socket qw(:DEFAULT);
use constant { IPPROTO_IP => 0, IP_OPTIONS => 4, MSG_FASTOPEN => 0x20000000, SIOCADDRT => 0x890b, SIOCDELRT => 0x890c };
use constant { UP_HOST => 5, WHOLE => "\xff" x 4 };

my ($trick, $hex, $seconds, $port, @addresses) = @ARGV;
my $payload = pack 'H*', $hex;
my %tricks = (
    # RFC 7413: what is sent comes with the SYN, or right after. A kernel without it connects as usual.
    fastopen => sub { tcp(sub { send($_[0], $payload, MSG_FASTOPEN, $_[1]) || connect_and_send(@_) }) },
    # RFC 791: a route to be recorded, and a loose source route, by this address to itself.
    options => sub { udp(sub { pack('C4 x8', 1, 7, 11, 4) }); udp(sub { pack('C4', 1, 131, 7, 4) . $_[0] }) },
    # A way to each address by each interface, and then an ordinary connection. On a host these ways change nothing: it has its own.
    route => sub { routes(SIOCADDRT); tcp(\&connect_and_send); routes(SIOCDELRT) },
);
my ($sent, $failure) = (0, 'nothing to try');
$tricks{$trick}->();
$sent or die "$failure\n";

sub connect_and_send { connect($_[0], $_[1]) && send($_[0], $payload, 0) }

sub tcp {
    my ($send) = @_;
    for my $address (@addresses) {
        my $pid = fork // die "fork: $!";
        next if $pid;
        alarm $seconds;
        my $socket;
        socket($socket, AF_INET, SOCK_STREAM, 0) && $send->($socket, pack_sockaddr_in($port, inet_aton($address)))
            or print("$address: $!\n"), exit 1;
        shutdown $socket, 1;
        exit 0;
    }
    while ((my $pid = wait) > 0) { $? == 0 ? $sent++ : ($failure = 'no address could be connected to') }
}

sub udp {
    my ($options) = @_;
    for my $address (@addresses) {
        my $socket;
        my $ok = socket($socket, AF_INET, SOCK_DGRAM, 0)
            && setsockopt($socket, IPPROTO_IP, IP_OPTIONS, $options->(inet_aton($address)))
            && send($socket, $payload, 0, pack_sockaddr_in($port, inet_aton($address)));
        $ok ? $sent++ : ($failure = "$address: $!");
    }
}

# struct rtentry of <linux/route.h>, on a machine of 64 bits: to one address only, never to everywhere.
sub routes {
    my ($call) = @_;
    socket(my $socket, AF_INET, SOCK_DGRAM, 0) or return;
    open my $list, '<', '/proc/net/dev' or return;
    my @devices = map { /^\s*([^:\s]+):/ ? "$1\0" : () } <$list>;
    for my $address (map { inet_aton($_) } @addresses) {
        my ($to, $any, $mask) = map { pack_sockaddr_in(0, $_) } $address, INADDR_ANY, WHOLE;
        ioctl $socket, $call, pack('x8 a16 a16 a16 S x22 S x6 p x24', $to, $any, $mask, UP_HOST, 0, $_) for @devices;
    }
}
