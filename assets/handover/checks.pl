# The launch checks: made from inside the bottle's network before anything runs there. Each gives one line of evidence;
# the first that does not hold, or cannot be made, dies with the reason.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton inet_ntop);
use Errno;

use constant { SO_BINDTODEVICE => 25 };

# Tunnel modules of the kernel put these into every new network, down and without an address.
# See fb_tunnels_only_for_init_net in the kernel's Documentation/admin-guide/sysctl/net.rst.
my %FALLBACK_TUNNEL = map { $_ => 1 }
    qw(tunl0 gre0 gretap0 erspan0 ip_vti0 ip6_vti0 sit0 ip6tnl0 ip6gre0 ip6gretap0 ip6erspan0);

# wanted: {bottle, address, sockets: [{port, type}], deny: [ADDRESS:PORT], link: NAME or undef}. Gives JSON objects {id, claim, evidence}.
sub launch_checks {
    my ($wanted) = @_;
    my @plan = (
        [ 'network.interfaces', 'no interface is up but loopback and what the bottle is at the end of', \&interfaces ],
        [ 'network.routes',     'no route leads out of the bottle',                         \&routes ],
        [ 'network.addresses',  'no IPv6 address but ::1',                                  \&ipv6_addresses ],
        [ 'gateway.answers',    "the gateway answers inside, as this bottle's (control)",   \&gateway_answers ],
        [ 'gateway.names',      'a name that is not allowed does not exist',                \&name_denied ],
        [ 'gateway.ports',      "no other program can take one of the gateway's ports",     \&ports_taken ],
        [ 'network.unreachable', 'the host and the outside cannot be reached by TCP or UDP', \&unreachable ],
    );
    return checked(\@plan, $wanted);
}

# plan: [[id, claim, check]], each asked in turn.
sub checked {
    my ($plan, $wanted) = @_;
    return map {
        my ($id, $claim, $check) = @$_;
        my $evidence = eval { $check->($wanted) };
        die "launch check $id failed: $@" if !defined $evidence;
        sprintf '{"id":%s,"claim":%s,"evidence":%s}', map { json($_) } $id, $claim, $evidence;
    } @$plan;
}

sub interfaces {
    my ($wanted) = @_;
    my $link = $wanted->{link};
    die "no interface $link\n" if defined $link && !grep { $_ eq $link } interface_names();
    my @others = others($wanted);
    my @unknown = grep { !$FALLBACK_TUNNEL{$_} } @others;
    die "interfaces besides lo: @unknown\n" if @unknown;
    socket my $any, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    for my $name (@others) {
        my $request = pack 'a16 s x22', $name, 0;
        ioctl $any, 0x8913, $request or die "$name: $!\n";
        die "$name is up\n" if (unpack 'x16 s', $request) & 1;
    }
    return join ', ', 'lo', $link // (), map { "$_ (down)" } @others;
}

sub others { my ($wanted) = @_; return grep { $_ ne 'lo' && $_ ne ($wanted->{link} // '') } interface_names() }

sub interface_names { return map { /^\s*([^:\s]+):\s/ } table('dev') }

# Over a link there may be one to who is on it; one to somebody behind names a gateway.
sub routes {
    my ($wanted) = @_;
    my $link = $wanted->{link};
    my @v4 = grep { (split)[0] ne 'lo' && !(defined $link && (split)[0] eq $link && (split)[2] eq '00000000') } tail(1, table('route'));
    my @v6 = grep { (split)[-1] ne 'lo' } table('ipv6_route');
    die 'routes: ' . join('; ', map { s/\s+/ /gr } @v4, @v6) . "\n" if @v4 || @v6;
    return join ' and ', 'none but over lo', defined $link ? "to the end of $link" : ();
}

sub ipv6_addresses {
    my @others = grep { !/^0{31}1 .* lo$/ } table('if_inet6');
    die 'addresses: ' . join('; ', @others) . "\n" if @others;
    return 'none but ::1';
}

sub tail { my ($from, @rest) = @_; return @rest[ $from .. $#rest ] }

# A file of /proc/net, which shows the network of who reads it. Those of IPv6 are missing where the kernel has none.
sub table {
    my ($name) = @_;
    open my $file, '<', "/proc/net/$name" or return $!{ENOENT} && $name =~ /6/ ? () : die "/proc/net/$name: $!\n";
    chomp(my @lines = <$file>);
    return @lines;
}

sub gateway_answers {
    my ($wanted) = @_;
    my $peer = stream_to($wanted->{address}, 3128) or die "$wanted->{address}:3128: $!\n";
    write_all($peer, "GET /.bot-bottle/health HTTP/1.1\r\nHost: $wanted->{address}:3128\r\nConnection: close\r\n\r\n");
    my $answer = '';
    1 while sysread $peer, $answer, 4096, length $answer;
    die "not this bottle's gateway: $answer\n"
        if $answer !~ m{^HTTP/1\.1 200 } || index($answer, qq("bottle":"$wanted->{bottle}")) < 0;
    return "GET /.bot-bottle/health: $wanted->{bottle}";
}

sub name_denied {
    my ($wanted) = @_;
    my $name = 'bot-bottle-launch-check.invalid';    # RFC 2606: exists nowhere
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    my $question = pack 'n6', 0x6262, 0x0100, 1, 0, 0, 0;
    $question .= pack('C/a*', $_) for split /\./, $name;
    $question .= pack 'C n n', 0, 1, 1;
    my $answer = asked_by_datagram($socket, $question, pack_sockaddr_in(53, inet_aton($wanted->{address})));
    my ($id, $flags) = unpack 'n n', $answer;
    die "unexpected answer\n" if !defined $flags || $id != 0x6262 || !($flags & 0x8000) || ($flags & 15) != 3;
    return "$name: NXDOMAIN";
}

# A datagram may be lost: it is asked as resolvers ask, resolv.conf(5).
sub asked_by_datagram {
    my ($socket, $question, $to) = @_;
    for (1 .. 3) {
        send $socket, $question, 0, $to or die "send: $!\n";
        vec(my $readable = '', fileno $socket, 1) = 1;
        next if !select $readable, undef, undef, 3;
        recv $socket, my $answer, 512, 0 or die "recv: $!\n";
        return $answer;
    }
    die "no answer to three questions\n";
}

# What an agent with any right but CAP_NET_ADMIN could try.
sub ports_taken {
    my ($wanted) = @_;
    for my $taken (@{ $wanted->{sockets} }) {
        expect_alone($taken->{port}) if $taken->{type} == SOCK_DGRAM;
        for my $address ($wanted->{address}, '0.0.0.0') {
            socket my $thief, AF_INET, $taken->{type}, 0 or die "socket: $!\n";
            setsockopt $thief, SOL_SOCKET, $_, 1 or die "setsockopt: $!\n" for SO_REUSEADDR, SO_REUSEPORT;
            my $bound = bind $thief, pack_sockaddr_in($taken->{port}, inet_aton($address));
            # A stream socket may bind beside a listener of its own kind; taking connections is what counts.
            $bound &&= listen $thief, 1 if $taken->{type} == SOCK_STREAM;
            die "$address:$taken->{port} could be taken\n" if $bound;
            die "$address:$taken->{port}: $!\n" if !$!{EADDRINUSE};
        }
    }
    return 'EADDRINUSE with SO_REUSEADDR and SO_REUSEPORT, also on 0.0.0.0; one socket each for datagrams';
}

# Or has taken it already: datagram sockets could share their port until open.pl had cleared SO_REUSEADDR, and the newest
# gets the questions. No more can come by now, so it is enough to count.
sub expect_alone {
    my ($port) = @_;
    my $pattern = sprintf '^\s*\d+:\s+[\dA-F]+:%04X\s', $port;
    my @sockets = grep { /$pattern/ } table('udp'), table('udp6');
    die "UDP $port is shared by " . @sockets . " sockets\n" if @sockets != 1;
}

sub unreachable {
    my ($wanted) = @_;
    my @devices = (undef, others($wanted));    # bound to lo, a packet goes round inside lo; to a link, to the bottle itself
    for my $target (@{ $wanted->{deny} }) {
        my ($host, $port) = $target =~ /^\[?([\da-fA-F.:]+?)\]?:(\d+)$/ or die "not an address with a port: $target\n";
        for my $device (@devices) {
            my $via = defined $device ? " through $device" : '';
            die "$target answers to TCP$via\n" if stream_to($host, $port, $device);
            die "$target is not unreachable by TCP$via: $!\n" if !is_unreachable();
            die "$target can be sent UDP$via\n" if datagram_to($host, $port, $device);
            die "$target is not unreachable by UDP$via: $!\n" if !is_unreachable();
        }
    }
    return scalar(@{ $wanted->{deny} }) . ' addresses, TCP and UDP: unreachable at once';
}

# Decided in this host's own tables. IPv6: without any address, or switched off; a link-local one: on no interface.
sub is_unreachable { return $!{ENETUNREACH} || $!{EADDRNOTAVAIL} || $!{EAFNOSUPPORT} || $!{ENODEV} || $!{EINVAL} }

sub stream_to { return connected(SOCK_STREAM, @_) }

# A datagram has left when send says so: nobody needs to answer for data to get out.
sub datagram_to {
    my $socket = connected(SOCK_DGRAM, @_) or return 0;
    return send $socket, 'x', 0;
}

sub connected {
    my ($type, $host, $port, $device) = @_;
    my $family = $host =~ /:/ ? AF_INET6 : AF_INET;
    my $where  = inet_pton($family, $host) // die "not an address: $host\n";
    socket my $socket, $family, $type, 0 or return;
    setsockopt $socket, SOL_SOCKET, SO_BROADCAST, 1 or return;
    !defined $device or setsockopt $socket, SOL_SOCKET, SO_BINDTODEVICE, "$device\0" or return;
    connect $socket, $family == AF_INET6 ? pack_sockaddr_in6($port, $where) : pack_sockaddr_in($port, $where) or return;
    return $socket;
}

sub json {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f-\xff])/sprintf '\\u%04x', ord $1/ge;
    return qq("$text");
}

1;
