# Inside the bottle's network: opens the gateway's five sockets there, hands them over, and then proves from inside that
# the gateway is the only thing that can be reached. Needs perl-base and nothing else.
#
#   perl open.pl --socket /s/s --address 127.200.0.1 (--hold | --join PID [--network LINK]) [--link NAME] [--deny ADDRESS:PORT ...]
#
# --hold      the first program of a container with a network of its own: stays until the gateway ends.
# --join PID  joins the network that was made for PID, and leaves when all is confirmed; the gateway ends with PID.
# --network   what /proc/PID/ns/net must lead to, `net:[4026532008]`: whoever says PID has seen that.
# --link      an interface besides loopback, whose other end is all of the bottle.
# --deny      an address that must not be reachable, once for each: the host's own, and some public one.
#             [::1]:80 is the form for IPv6.
#
# It exits 0 only after the gateway has accepted the checks. Anything else is a refusal: the agent must not start.
use strict;
use warnings;
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";
require "${here}checks.pl";
require "${here}ports.pl";
require "${here}join.pl";

use constant { SIOCGIFFLAGS => 0x8913, IFF_UP => 1 };                   # netdevice(7)
use constant DEADLINE_S => 20;

$SIG{TERM} = $SIG{INT} = sub { exit 143 };    # as a container's first program it would ignore them
$SIG{ALRM} = sub { die 'not ready within ' . DEADLINE_S . " s\n" };
$SIG{PIPE} = 'IGNORE';

my $option = options(@ARGV);
my $gateway;
eval { hand_over(); 1 } or refuse($@);
alarm 0;
exit 0 if $option->{join};
1 while sysread $gateway, my $rest, 4096;    # until the gateway ends
exit 0;

sub options {
    my %option = (deny => []);
    while (defined(my $name = shift)) {
        if    ($name eq '--hold')                        { $option{hold} = 1 }
        elsif ($name eq '--deny')                        { push @{ $option{deny} }, shift // '' }
        elsif ($name =~ /^--(socket|address|join|network|link)$/) { $option{$1} = shift // '' }
        else                                             { die "unknown option: $name\n" }
    }
    die "usage: open.pl --socket PATH --address ADDRESS (--hold | --join PID) [--deny ADDRESS:PORT ...]\n"
        if !$option{socket} || !$option{address} || !$option{hold} == !$option{join};
    return \%option;
}

sub hand_over {
    alarm DEADLINE_S;
    my $bottle = $option->{join} ? namespaces_of($option->{join}, $option->{network}) : undef;
    $gateway = connect_to($option->{socket});
    enter($bottle) if $bottle;
    wait_for_loopback();
    my %opened = map { $_->{name} => open_port($option->{address}, $_) } gateway_ports();
    for my $name (map $_->{name}, gateway_ports()) {
        send_fd($gateway, qq({"socket":"$name"}\n), fileno $opened{$name});
        expect(qr/^\{"got":"$name"\}$/);
    }
    my ($id) = expect(qr/^\{"serving":"([\w.-]+)"\}$/);
    # libuv has just set SO_REUSEADDR on it, with which another program could take the port and with it the questions.
    setsockopt $opened{dnsUdp}, SOL_SOCKET, SO_REUSEADDR, 0 or die "SO_REUSEADDR: $!\n";
    my %wanted = (bottle => $id, address => $option->{address}, sockets => [gateway_ports()], deny => $option->{deny}, link => $option->{link});
    my @checks = launch_checks(\%wanted);
    send_fd($gateway, qq({"life":true}\n), $bottle->{pidfd}) if $bottle;
    write_all($gateway, '{"checks":[' . join(',', @checks) . "]}\n");
    expect(qr/^\{"ready":true\}$/);
}

# bubblewrap gives lo its address and brings it up; doing it here would make that fail.
sub wait_for_loopback {
    socket my $any, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    while (1) {
        my $request = pack 'a16 s x22', 'lo', 0;
        ioctl $any, SIOCGIFFLAGS, $request or die "no loopback: $!\n";
        return if (unpack 'x16 s', $request) & IFF_UP;
        pause();
    }
}

# The gateway may still be starting.
sub connect_to {
    my $name = enter_folder_of($_[0]);
    socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
    until (connect $socket, pack_sockaddr_un($name)) {
        die "$_[0]: $!\n" if !$!{ENOENT} && !$!{ECONNREFUSED};
        pause();
    }
    return $socket;
}

# The gateway's next line, which must be the one that is due.
sub expect {
    my ($pattern) = @_;
    my $line = '';
    until ($line =~ s/\n$//) {
        sysread $gateway, $line, 1, length $line or die "the gateway ended\n";
    }
    my @parts = $line =~ $pattern or die "the gateway refused: $line\n";
    return @parts;
}

sub pause { select undef, undef, undef, 0.003 }

# Says why, to whoever listens, and leaves: what it opened goes with it.
sub refuse {
    my ($reason) = @_;
    chomp $reason;
    print STDERR "$reason\n";
    eval { write_all($gateway, '{"failed":' . json($reason) . "}\n") } if $gateway;
    exit 1;
}
