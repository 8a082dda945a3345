# Attempts on the network that the bottle was given: an address of IPv6, and the right to change it (CAP_NET_ADMIN). What is
# made is of the last number of the nonce, leads nowhere, and is taken back: a route to TEST-NET-2 (RFC 5737) and one more
# address of loopback.
package kernel_network;
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton inet_ntop);
use kernel_calls;

# netdevice(7), <linux/sockios.h>; UP_HOST: RTF_UP and RTF_HOST of <linux/route.h>.
use constant { SIOCADDRT => 0x890b, SIOCDELRT => 0x890c, SIOCGIFFLAGS => 0x8913, SIOCSIFFLAGS => 0x8914, SIOCSIFADDR => 0x8916 };
use constant { IFF_UP => 1, UP_HOST => 5 };
my @kept;

sub last_number { my ($nonce) = @_; return hex substr $nonce, -2 }

sub asked { socket my $socket, AF_INET, SOCK_DGRAM, 0 or return; return ioctl $socket, $_[0], $_[1] }

# In a network of its own, loopback is down; elsewhere this changes nothing.
sub bring_up {
    my $request = pack 'a16 s x22', 'lo', 0;
    asked(SIOCGIFFLAGS, $request) or return;
    my $flags = unpack 'x16 s', $request;
    return 1 if $flags & IFF_UP;
    return asked(SIOCSIFFLAGS, pack 'a16 s x22', 'lo', $flags | IFF_UP);
}

# struct rtentry of <linux/route.h>, on a machine of 64 bits.
sub add_route {
    my ($nonce, undef, $undo) = @_;
    my ($to, $any, $mask) = map { pack_sockaddr_in(0, inet_aton($_)) }
        '198.51.100.' . last_number($nonce), '0.0.0.0', '255.255.255.255';
    my $device = "lo\0";
    my $request = pack 'x8 a16 a16 a16 S x22 S x6 p x24', $to, $any, $mask, UP_HOST, 0, $device;
    push @$undo, sub { asked(SIOCDELRT, $request) };
    apart(NEW->{net}, sub { bring_up() && asked(SIOCADDRT, $request) });
}

# struct ifreq, of a name that lo gets besides its own. What is called so goes when it is brought down.
sub add_address {
    my ($nonce, undef, $undo) = @_;
    my $name = 'lo:' . substr $nonce, -6;
    my $request = pack 'a16 a16 x8', $name, pack_sockaddr_in(0, inet_aton('127.66.66.' . last_number($nonce)));
    push @$undo, sub { asked(SIOCSIFFLAGS, pack 'a16 s x22', $name, 0) };
    apart(NEW->{net}, sub { asked(SIOCSIFADDR, $request) });
}

# A socket at each address of IPv6 that is not everybody's own: /proc/net/if_inet6 has address, interface, prefix, scope, flags, name.
sub ip6_address {
    open my $list, '<', '/proc/net/if_inet6' or failed('/proc/net/if_inet6');
    my @own = map { [ (split)[0, 1] ] } grep { !/^0{31}1 / } <$list>;
    @own or die "there is no address of IPv6 but ::1\n";
    for my $each (@own) {
        my ($address, $interface) = (pack('H*', $each->[0]), hex $each->[1]);
        socket my $socket, AF_INET6, SOCK_DGRAM, 0 or next;
        bind $socket, pack_sockaddr_in6(0, $address, $interface) or next;
        push @kept, $socket;
    }
    @kept or failed('bind');
}

our %ATTEMPTS = (
    'ip6-address' => \&ip6_address,
    'route-add'   => \&add_route,
    'address-add' => \&add_address,
);

1;
