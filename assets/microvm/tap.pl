# In the network of a bottle that is a virtual machine: makes the one interface that the machine is connected to, and
# becomes who starts its VMM, with no power over that network left.
#
#   perl tap.pl --name NAME --address ADDRESS --bits N -- PROGRAM ARGUMENTS
#
# --name      of the interface; the VMM opens it by this name.
# --address   of the network's own end, which the gateway's sockets are opened on.
# --bits      of the network mask.
#
# There is nothing else in this network but loopback: what the machine sends that is not for this address has no way to go.
use strict;
use warnings;
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";

use constant { TUNSETIFF => 0x400454ca, TUNSETPERSIST => 0x400454cb, TUNSETOWNER => 0x400454cc };    # linux/if_tun.h
use constant { IFF_TAP => 2, IFF_NO_PI => 0x1000, IFF_VNET_HDR => 0x4000 };
use constant { SIOCGIFFLAGS => 0x8913, SIOCSIFFLAGS => 0x8914, SIOCSIFADDR => 0x8916, SIOCSIFNETMASK => 0x891c };    # netdevice(7)
use constant { SIOCSIFHWADDR => 0x8924, ARPHRD_ETHER => 1, HARDWARE_ADDRESS => '02000ac80001' };
use constant { IFF_UP => 1, IFNAMSIZ => 16 };
use constant { PR_CAP_AMBIENT => 47, PR_CAP_AMBIENT_CLEAR_ALL => 4, PR_SET_NO_NEW_PRIVS => 38 };

my %option;
while (@ARGV && (my $name = shift @ARGV) ne '--') {
    if ($name =~ /^--(name|address|bits)$/) { $option{$1} = shift @ARGV // '' }
    else                                    { die "unknown option: $name\n" }
}
die "usage: tap.pl --name NAME --address ADDRESS --bits N -- PROGRAM ARGUMENTS\n"
    if grep(!$option{$_}, qw(name address bits)) || !@ARGV;

close_network();
make_tap($option{name});
set_address($option{name}, $option{address}, $option{bits});
give_up_power();
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";

# A new network may have these as its host has them. What has no addresses of IPv6 cannot be spoken to by those that it makes for
# itself; and there is nobody to forward to. Whom no packet may come from gets no place in the table of neighbours, which all
# networks of the host share.
sub close_network {
    my %wanted = ('ipv6/conf/all/disable_ipv6' => 1, 'ipv4/ip_forward' => 0, 'ipv4/conf/all/rp_filter' => 1);
    for my $name (sort keys %wanted) {
        my $path = "/proc/sys/net/$name";
        next if !-e $path;
        open my $file, '+<', $path or die "$path: $!\n";
        syswrite $file, "$wanted{$name}\n" or die "$path: $!\n";
        sysseek $file, 0, 0;
        sysread $file, my $is, 16;
        die "$path is $is" if $is != $wanted{$name};
    }
}

sub make_tap {
    my ($name) = @_;
    open my $tun, '+<', '/dev/net/tun' or die "/dev/net/tun: $!\n";
    ioctl $tun, TUNSETIFF, pack("a@{[IFNAMSIZ]} S x22", $name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR) or die "TUNSETIFF: $!\n";
    ioctl $tun, TUNSETOWNER, $> + 0 or die "TUNSETOWNER: $!\n";
    ioctl $tun, TUNSETPERSIST, 1 or die "TUNSETPERSIST: $!\n";
}

sub set_address {
    my ($name, $address, $bits) = @_;
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    my $mask = inet_ntoa(pack 'N', ~0 << (32 - $bits) & 0xffffffff);
    for ([SIOCSIFADDR, $address], [SIOCSIFNETMASK, $mask]) {
        my ($request, $value) = @$_;
        ioctl $socket, $request, pack("a@{[IFNAMSIZ]} a24", $name, pack_sockaddr_in(0, inet_aton($value))) or die "$value: $!\n";
    }
    # A machine that is restored has this end's address in its memory: the same in every network.
    ioctl $socket, SIOCSIFHWADDR, pack("a@{[IFNAMSIZ]} S a6 x16", $name, ARPHRD_ETHER, pack('H12', HARDWARE_ADDRESS))
        or die "address of $name: $!\n";
    my $flags = pack "a@{[IFNAMSIZ]} s x22", $name, 0;
    ioctl $socket, SIOCGIFFLAGS, $flags or die "flags of $name: $!\n";
    my $up = unpack("x@{[IFNAMSIZ]} s", $flags) | IFF_UP;
    ioctl $socket, SIOCSIFFLAGS, pack("a@{[IFNAMSIZ]} s x22", $name, $up) or die "bringing $name up: $!\n";
}

# For good: with no_new_privs a program that is run has no more than who runs it.
sub give_up_power {
    syscall(number_of('prctl'), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
    syscall(number_of('prctl'), PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 or die "ambient capabilities: $!\n";
    my $head = pack 'L L', 0x20080522, 0;    # _LINUX_CAPABILITY_VERSION_3, this process
    my $none = pack 'L6', (0) x 6;
    syscall(number_of('capset'), $head, $none) == 0 or die "capset: $!\n";
}
