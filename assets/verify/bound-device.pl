# Sends one datagram from every device to every address: perl bound-device.pl HEX PORT DEVICES IP4 IP6, HEX its bytes,
# the last three lists with commas. SO_BINDTODEVICE needs no privilege since Linux 5.7, and routes play no part then.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
use constant { SO_BINDTODEVICE => 25 };

my ($hex, $port, @lists) = @ARGV;
my $payload = pack 'H*', $hex;
my ($devices, $ip4, $ip6) = map { [ split /,/, $_ // '' ] } @lists;
my ($sent, $failure) = (0, 'nothing to try');
for my $device (@$devices) {
    send_from($device, AF_INET,  pack_sockaddr_in($port, inet_aton($_)))              for @$ip4;
    send_from($device, AF_INET6, pack_sockaddr_in6($port, inet_pton(AF_INET6, $_))) for @$ip6;
}
$sent or die "$failure\n";

sub send_from {
    my ($device, $family, $address) = @_;
    my $socket;
    my $ok = socket($socket, $family, SOCK_DGRAM, 0)
        && setsockopt($socket, SOL_SOCKET, SO_BINDTODEVICE, "$device\0")
        && ($family == AF_INET6 || setsockopt($socket, SOL_SOCKET, SO_BROADCAST, 1))
        && send($socket, $payload, 0, $address);
    $ok ? $sent++ : ($failure = "$device: $!");
}
