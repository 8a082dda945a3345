# Sends an echo request with a nonce to each address, by every socket that can: perl ping.pl NONCE ADDRESS...
# RFC 792; a datagram socket of ICMP needs a group (icmp(7), ping_group_range), a raw one a capability.
use strict;
use warnings;
use Socket;

my ($nonce, @addresses) = @ARGV;
for my $address (@addresses) {
    for my $type (SOCK_DGRAM, SOCK_RAW) {
        my $socket;
        socket($socket, AF_INET, $type, getprotobyname('icmp') // 1) or next;
        my $message = pack('C2 n3 a*', 8, 0, 0, 1, 1, $nonce);
        substr($message, 2, 2) = pack 'n', checksum($message);
        send $socket, $message, 0, pack_sockaddr_in(0, inet_aton($address));
    }
}

sub checksum {
    my ($message) = @_;
    my $sum = 0;
    $sum += $_ for unpack 'n*', length($message) % 2 ? "$message\0" : $message;
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}
