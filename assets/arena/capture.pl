# Hears on the host what no listener hears: perl capture.pl, as root or with CAP_NET_RAW, until its input ends.
#
# Two kinds of ears (packet(7), raw(7)). The first sees every packet on every interface, whoever it is for, before any
# filter. The second gets what this host's network stack has accepted, of every IP protocol, behind all filters, and frames
# of the type for experiments, behind those of the device. What is on the wire is one thing, what has come in another.
#
# A line of JSON for each word that is heard in a new way: {"word","way"} and, where it was on the wire, {"device","bridge"}.
# A line of input is answered by {"looked","lost"}, once all that came before it has been looked at; {"ready"} comes first.
use strict;
use warnings;
use Errno;
use Fcntl;
use Socket qw(:DEFAULT inet_ntop);

use constant { AF_PACKET => 17, SOL_PACKET => 263, PACKET_STATISTICS => 6, PACKET_OUTGOING => 4 };
use constant { SO_RCVBUFFORCE => 33, SO_MEMINFO => 55, MEMINFO_WAITING => 0, MEMINFO_DROPS => 8, ROOM => 16 << 20 };
# <linux/if_ether.h>; 0x88b5 is for experiments (RFC 9542, 3.1).
use constant { ETH_P_ALL => 3, ETH_P_IP => 0x0800, ETH_P_IPV6 => 0x86dd, ETH_P_TEST => 0x88b5 };
# A packet that waits counts for more bytes than LEAST, however short it is: what the kernel keeps of it is longer.
use constant { LONGEST => 65_536, AT_ONCE => 256, LEAST => 512 };
my $WORD = qr/bbn[0-9a-f]{24}/i;

my ($looked, $lost, %told, %device) = (0, 0);
look_at_all();
my @ears = (
    on_wire(ETH_P_ALL),
    come_in(),
    map { my $protocol = $_; raw(AF_INET, $protocol), raw(AF_INET6, $protocol) } 1 .. 254,
);
my %ear = map { fileno $_->{socket} => $_ } @ears;

$| = 1;
say_line(ready => 1);
while (1) {
    my ($readable, $input) = ('');
    vec($readable, $_, 1) = 1 for 0, keys %ear;
    select($readable, undef, undef, undef) > 0 or next;
    if (vec $readable, 0, 1) {
        last if !sysread STDIN, $input, 4096;
        answer() for 1 .. $input =~ tr/\n//;
    }
    # Some of each, so that the input is read however much comes.
    drain($ear{$_}, AT_ONCE) for grep { vec $readable, $_, 1 } keys %ear;
}

# All that has come by now, and no more: it may come faster than it can be looked at.
sub answer {
    look_at_all();
    drain($_, waiting($_)) for @ears;
    $lost += packets_lost($_) for @ears[ 0, 1 ];
    say_line(looked => $looked, lost => $lost + raw_lost());
}

sub on_wire { return packet_ear(shift, \&of_wire) }
sub come_in {
    return packet_ear(ETH_P_TEST, sub { return (way => 'a frame that the host took in from ' . device_of(shift)->{name}) });
}

sub packet_ear {
    my ($type, $about) = @_;
    socket my $socket, AF_PACKET, SOCK_DGRAM, unpack('S', pack 'n', $type) or die "packet socket: $!\n";
    return { %{ ear($socket, $about) }, has_device => 1 };
}

# None where the host is without that family (ipv6.disable=1): nothing comes in by it.
sub raw {
    my ($family, $protocol) = @_;
    socket my $socket, $family, SOCK_RAW, $protocol or return $!{EAFNOSUPPORT} ? () : die "raw socket: $!\n";
    return ear($socket, sub { return (way => "IP protocol $protocol, taken in by the host from " . sender($family, shift)) });
}

sub ear {
    my ($socket, $about) = @_;
    fcntl $socket, F_SETFL, O_NONBLOCK or die "O_NONBLOCK: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_RCVBUFFORCE, ROOM;    # without CAP_NET_ADMIN it stays as small as it is
    return { socket => $socket, about => $about };
}

# Looks at what waits, as many as that at most.
sub drain {
    my ($ear, $most) = @_;
    for (1 .. $most) {
        my $from = recv $ear->{socket}, my $packet, LONGEST, 0;
        return if !defined $from;
        $looked++;
        meet($from) if $ear->{has_device};
        hear(lc $1, $ear->{about}->($from, $packet)) while $packet =~ /($WORD)/g;
    }
}

sub hear {
    my ($word, %about) = @_;
    say_line(word => $word, %about) if !$told{ join "\0", $word, map { $about{$_} // '' } qw(way device bridge) }++;
}

# struct sockaddr_ll: type of the frame, interface, which way it went.
sub of_wire {
    my ($from, $packet) = @_;
    my ($type, $kind) = unpack 'x2 n x6 C', $from;
    my ($name, $bridge) = @{ device_of($from) }{qw(name bridge)};
    my $direction = $kind == PACKET_OUTGOING ? 'out of' : 'into';
    return (way => "a packet $direction $name, " . described($type, $packet), device => $name, bridge => $bridge);
}

sub described {
    my ($type, $packet) = @_;
    if ($type == ETH_P_IP && length $packet >= 20) {
        my ($protocol, $to) = unpack 'x9 C x6 a4', $packet;
        return "IP protocol $protocol to " . inet_ntoa($to);
    }
    if ($type == ETH_P_IPV6 && length $packet >= 40) {
        my ($next, $to) = unpack 'x6 C x17 a16', $packet;
        return "IPv6 header $next to " . inet_ntop(AF_INET6, $to);
    }
    return sprintf 'frame type %04x', $type;
}

# What an interface is called, and whose bridge it is at. It may be gone by the time that one of its packets is looked at.
sub device_of {
    my $device = $device{ index_of(shift) };
    look_at($device->{name});
    return $device{ $device->{index} };
}

sub index_of { return unpack 'x4 i', shift }

# At the first packet of an interface, while it is there.
sub meet {
    my $index = index_of(shift);
    return if $device{$index};
    look_at_all();
    $device{$index} //= { index => $index, name => "interface $index", bridge => '' };
}

sub look_at_all { look_at(s{.*/}{}r) for glob '/sys/class/net/*' }

# One that is being removed leaves its bridge first, with packets still to be looked at: the last bridge is kept.
sub look_at {
    my ($name) = @_;
    my $index = number_of($name) or return;
    my $bridge = (readlink("/sys/class/net/$name/master") // '') =~ s{.*/}{}r;
    $bridge = $device{$index}{bridge} // '' if $bridge eq '';
    $device{$index} = { index => $index, name => $name, bridge => $bridge };
}

sub number_of {
    open my $file, '<', "/sys/class/net/$_[0]/ifindex" or return 0;
    return 0 + (<$file> // 0);
}

sub sender {
    my ($family, $from) = @_;
    return inet_ntop($family, $family == AF_INET ? (unpack_sockaddr_in $from)[1] : (unpack 'x8 a16', $from));
}

# Those for which there was no room; reading their number begins it anew.
sub packets_lost {
    my ($ear) = @_;
    my $statistics = getsockopt $ear->{socket}, SOL_PACKET, PACKET_STATISTICS or die "PACKET_STATISTICS: $!\n";
    return (unpack 'I I', $statistics)[1];
}

sub raw_lost {
    my $lost = 0;
    $lost += memory_of($_, MEMINFO_DROPS) for @ears[ 2 .. $#ears ];
    return $lost;
}

# How many packets wait there, at most.
sub waiting { return 1 + int(memory_of(shift, MEMINFO_WAITING) / LEAST) }

sub memory_of {
    my ($ear, $which) = @_;
    my $info = getsockopt $ear->{socket}, SOL_SOCKET, SO_MEMINFO or die "SO_MEMINFO: $!\n";
    return (unpack 'I*', $info)[$which];
}

# What an interface is called is all that could have to be escaped; it may be called 10, and is no number for that.
sub say_line {
    my (%line) = @_;
    tr/ !#-[]-~/?/c for values %line;
    print '{', join(',', map { /^(?:ready|looked|lost)$/ ? "\"$_\":$line{$_}" : "\"$_\":\"$line{$_}\"" } sort keys %line), "}\n";
}
