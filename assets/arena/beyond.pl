# Listens beyond this host, in a network of its own: unshare --net perl beyond.pl, as root, until its input ends. With it
# goes that network, and with that the interface of the host that leads there.
#
# A number as a line of input: it listens on that port, by TCP and UDP, and answers {"listens"}; {"ready"} comes first. An
# empty line is answered by {"looked"}, once all that came before it was looked at. What has a word in it is told:
# {"word","way"}. On port 53 is a DNS server, which knows no name (RFC 1035, 4.1.1: RCODE 3).
use strict;
use warnings;
use Fcntl;
use Socket qw(:all);

use constant { DNS => 53, LONGEST => 65_536, MOST_OPEN => 256, ALERT => pack 'C7', 21, 3, 3, 0, 2, 2, 40 };
use constant HEARD => "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nheard\n";
my $WORD = qr/bbn[0-9a-f]{24}(?:v\d{1,3})?/i;

# What is listened to, by descriptor; connections, the oldest first.
my ($looked, $input, %ear, %told, @open) = (0, '');
$| = 1;
$SIG{PIPE} = 'IGNORE';
say_line(ready => 1);
while (1) {
    my $readable = wait_for(undef);
    hear($readable);
    next if !vec $readable, 0, 1;
    sysread STDIN, $input, 4096, length $input or last;
    command($1) while $input =~ s/^(.*)\n//;
}

sub command {
    my ($port) = @_;
    return listen_on($port) if $port =~ /^\d+$/;
    while (my $readable = wait_for(0)) { last if !hear($readable) }
    say_line(looked => $looked);
}

sub wait_for {
    my ($most) = @_;
    my $readable = '';
    vec($readable, $_, 1) = 1 for 0, keys %ear;
    return select($readable, undef, undef, $most) > 0 ? $readable : '';
}

# How many had something to hear.
sub hear {
    my ($readable) = @_;
    my @ready = grep { $_ && $ear{$_} && vec $readable, $_, 1 } keys %ear;
    $ear{$_} && $ear{$_}{hear}->($ear{$_}) for @ready;
    return scalar @ready;
}

sub listen_on {
    my ($port) = @_;
    my $tcp = bound(SOCK_STREAM, $port);
    listen $tcp, SOMAXCONN or die "listen: $!\n";
    add($tcp, port => $port, hear => \&take_in);
    add(bound(SOCK_DGRAM, $port), port => $port, hear => \&read_datagram);
    say_line(listens => $port);
}

# On every address of both families, or of the one that there is (ipv6.disable=1).
sub bound {
    my ($type, $port) = @_;
    my ($socket, $address);
    if (socket $socket, AF_INET6, $type, 0) {
        setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 0 or die "IPV6_V6ONLY: $!\n";
        $address = pack_sockaddr_in6($port, IN6ADDR_ANY);
    } else {
        socket $socket, AF_INET, $type, 0 or die "socket: $!\n";
        $address = pack_sockaddr_in($port, INADDR_ANY);
    }
    bind $socket, $address or die "port $port: $!\n";
    return $socket;
}

sub add {
    my ($socket, %about) = @_;
    fcntl $socket, F_SETFL, O_NONBLOCK or die "O_NONBLOCK: $!\n";
    return $ear{ fileno $socket } = { socket => $socket, kept => '', %about };
}

# Nobody has to end what he has begun; the oldest make room.
sub take_in {
    my ($server) = @_;
    my $from = accept my $socket, $server->{socket} or return;
    push @open, add($socket, port => $server->{port}, hear => \&read_more, way => way_of('tcp', $server->{port}, $from));
    drop($open[0]) if @open > MOST_OPEN;
}

sub drop {
    my ($connection) = @_;
    @open = grep { $_ != $connection } @open;
    delete $ear{ fileno $connection->{socket} };
    close $connection->{socket};
}

# What comes is kept: a word may be split over packets.
sub read_more {
    my ($connection) = @_;
    my $count = sysread $connection->{socket}, my $more, LONGEST;
    return if !defined $count && $!{EAGAIN};
    return drop($connection) if !$count;
    $connection->{kept} = substr $connection->{kept} . $more, -LONGEST;
    report($connection->{way}, $connection->{kept});
    my $answer = answer_to($connection) // return;
    syswrite $connection->{socket}, $answer;
    drop($connection);
}

# So that no client waits: HTTP, whole records of TLS (RFC 8446, 5.1), whole questions (RFC 7766).
sub answer_to {
    my ($port, $kept) = @{ +shift }{qw(port kept)};
    return HEARD if $kept =~ m{^[A-Z]+ \S+ HTTP/1\.[01]\r\n.*?\r\n\r\n}s;
    return ALERT if $kept =~ /^\x16/ && length $kept >= 5 && length $kept >= 5 + unpack 'x3 n', $kept;
    return if $port != DNS || length $kept < 2 || length $kept < 2 + unpack 'n', $kept;
    return substr($kept, 0, 2) . no_such_name(substr $kept, 2, unpack 'n', $kept);
}

sub read_datagram {
    my ($server) = @_;
    my ($socket, $port) = @$server{qw(socket port)};
    my $from = recv $socket, my $message, LONGEST, 0;
    return if !defined $from;
    report(way_of('udp', $port, $from), $message);
    send $socket, no_such_name($message), 0, $from if $port == DNS;
}

sub no_such_name {
    my ($question) = @_;
    substr $question, 2, 2, "\x81\x83" if length $question >= 12;
    return $question;
}

sub way_of {
    my ($protocol, $port, $from) = @_;
    my $to = $port == DNS ? 'the DNS server' : "port $port";
    return "$protocol to $to beyond this host, from " . address_of($from);
}

sub address_of {
    my ($from) = @_;
    return inet_ntoa((unpack_sockaddr_in $from)[1]) if sockaddr_family($from) == AF_INET;
    return inet_ntop(AF_INET6, (unpack_sockaddr_in6 $from)[1]) =~ s/^::ffff:(?=\d+\.)//r;
}

sub report {
    my ($way, $text) = @_;
    $looked++;
    for my $word (map { lc } $text =~ /($WORD)/g) { say_line(word => $word, way => $way) if !$told{$word, $way}++ }
}

# There is nothing in it that would have to be escaped.
sub say_line {
    my (%line) = @_;
    print '{', join(',', map { /^(?:word|way)$/ ? "\"$_\":\"$line{$_}\"" : "\"$_\":$line{$_}" } sort keys %line), "}\n";
}
