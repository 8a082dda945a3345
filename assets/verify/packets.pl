# Sends bytes by something else than TCP and UDP: perl packets.pl KIND HEX PORT IP4 IP6, HEX the bytes, the last two lists
# with commas. `udp` is the same with what is ordinary. What needs a privilege (raw(7), packet(7)) is tried all the same.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
use constant { ICMP => 1, UDP => 17, ICMP6 => 58, SCTP => 132, UDP_LITE => 136, EXPERIMENT => 253 };
use constant { AF_PACKET => 17, FRAME_TYPE => 0x88b5 };

my ($kind, $hex, $port, @lists) = @ARGV;
my $payload = pack 'H*', $hex;
my ($ip4, $ip6) = map { [ split /,/, $_ // '' ] } @lists;
my ($sent, $failure) = (0, 'nothing to try');
my %kinds = (
    udp      => sub { to_all(AF_INET, SOCK_DGRAM, UDP, $payload) },
    udp_lite => sub { to_all(AF_INET, SOCK_DGRAM, UDP_LITE, $payload); to_all(AF_INET6, SOCK_DGRAM, UDP_LITE, $payload) },
    # RFC 792, RFC 4443: an echo. By the kind of socket that some hosts give to all, and by the one that they keep.
    icmp  => sub { to_all(AF_INET,  $_, ICMP,  summed(pack('C2 n3', 8, 0, 0, $$ & 0xffff, 1) . $payload)) for SOCK_DGRAM, SOCK_RAW },
    icmp6 => sub { to_all(AF_INET6, $_, ICMP6, pack('C2 n3', 128, 0, 0, $$ & 0xffff, 1) . $payload) for SOCK_DGRAM, SOCK_RAW },
    # RFC 9260: an INIT, with the bytes in a parameter of a type that is to be passed over.
    sctp => sub { to_all(AF_INET, SOCK_RAW, SCTP, sctp_init()) },
    # RFC 3692.
    protocol => sub { to_all($_, SOCK_RAW, EXPERIMENT, $payload) for AF_INET, AF_INET6 },
    frame    => \&frames,
);
$kinds{$kind}->();
$sent or die "$failure\n";

sub to_all {
    my ($family, $type, $protocol, $bytes) = @_;
    # A raw socket has no port, and over IPv6 refuses one.
    my $at = $type == SOCK_RAW ? 0 : $port;
    for my $address ($family == AF_INET ? @$ip4 : @$ip6) {
        my $where = $family == AF_INET ? pack_sockaddr_in($at, inet_aton($address)) : address6($at, $address);
        my $socket;
        my $ok = socket($socket, $family, $type, $protocol)
            && setsockopt($socket, SOL_SOCKET, SO_BROADCAST, 1)
            && send($socket, $bytes, 0, $where);
        $ok ? $sent++ : ($failure = "$address: $!");
    }
}

# A link-local address comes with its interface, by number.
sub address6 {
    my ($at, $text) = @_;
    my ($address, $interface) = split /%/, $text;
    return pack_sockaddr_in6($at, inet_pton(AF_INET6, $address), $interface // 0);
}

sub frames {
    for my $path (glob '/sys/class/net/*/ifindex') {
        open my $file, '<', $path or next;
        chomp(my $index = <$file>);
        # struct sockaddr_ll: to everybody.
        my $everybody = pack 'S n i x4 a6 x2', AF_PACKET, FRAME_TYPE, $index, "\xff" x 6;
        my $socket;
        my $ok = socket($socket, AF_PACKET, SOCK_DGRAM, 0) && send($socket, $payload, 0, $everybody);
        $ok ? $sent++ : ($failure = "$path: $!");
    }
}

# The checksum of RFC 1071, where ICMP has it.
sub summed {
    my ($bytes) = @_;
    my $sum = 0;
    $sum += $_ for unpack 'n*', $bytes . (length($bytes) % 2 ? "\0" : '');
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr $bytes, 2, 2, pack('n', ~$sum & 0xffff);
    return $bytes;
}

sub sctp_init {
    my $parameter = pack 'n2 a*', 0x8bbb, 4 + length $payload, $payload;
    $parameter .= "\0" x (-length($parameter) % 4);
    return pack('n2 N2', $port, $port, 0, 0) . pack('C2 n N2 n2 N', 1, 0, 20 + length $parameter, 1, 65_536, 1, 1, 1) . $parameter;
}
