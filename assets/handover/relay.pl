# Outside the bottle, started by the gateway with Node's IPC channel: takes the sockets that open.pl opened inside and
# hands them to the gateway in Node's own framing, so that they arrive there as ordinary server handles.
#
#   perl relay.pl /private/folder/s
#
# It knows no policy: lines go both ways. Gateway to opener as they are; opener to gateway as {"opener":LINE}.
# It ends, and the gateway with it, when the bottle does: at the end of the opener's connection (a holder), or of the
# process whose pidfd the opener gave as {"life":true} before it left. It ends when the gateway does.
use strict;
use warnings;
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";

# Node's lib/internal/child_process.js: the kinds of handle that travel, and how each is announced.
my $SERVER    = '"type":"net.Server"';
my $NODE_TYPE = {
    proxy  => $SERVER,
    http   => $SERVER,
    https  => $SERVER,
    dnsTcp => $SERVER,
    dnsUdp => '"type":"dgram.Socket","dgramType":"udp4"',
};

open my $gateway, '+<&=', $ENV{NODE_CHANNEL_FD} // die "relay.pl is started by the gateway\n"
    or die "channel: $!\n";
my $opener = accept_one($ARGV[0] // die "usage: relay.pl SOCKET\n");
my ($life, %pending);
while (1) {
    my $readable = '';
    vec($readable, fileno $_, 1) = 1 for grep defined, $gateway, $opener, $life;
    select($readable, undef, undef, undef) > 0 or next;
    from_gateway() if vec $readable, fileno $gateway, 1;
    exit 0         if $life && vec $readable, fileno $life, 1;
    from_opener()  if $opener && vec $readable, fileno $opener, 1;
}

# One opener, once: the socket is gone before anything else could connect.
sub accept_one {
    my $name = enter_folder_of($_[0]);
    umask 0177;
    unlink $name;
    socket my $listener, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
    bind $listener, pack_sockaddr_un($name) or die "bind: $!\n";
    listen $listener, 1 or die "listen: $!\n";
    write_all($gateway, qq({"listening":true}\n));
    my $readable = '';
    vec($readable, fileno $_, 1) = 1 for $listener, $gateway;
    select $readable, undef, undef, undef;
    exit 0 if vec $readable, fileno $gateway, 1;    # the gateway sends nothing before there is an opener: it ended
    accept my $connection, $listener or die "accept: $!\n";
    unlink $name;
    return $connection;
}

sub from_gateway {
    sysread $gateway, my $bytes, MAX_MESSAGE_BYTES() or exit 0;
    for my $line (lines('gateway', $bytes)) {
        next if $line =~ /^\{"cmd":"NODE_/ || !$opener;    # Node's own acknowledgements
        eval { write_all($opener, $line) };                # an opener that has left shows at its connection's end
    }
}

sub from_opener {
    my ($bytes, $fd) = receive_fd($opener);
    return opener_left() if $bytes eq '';
    return $fd ? take($bytes, $fd) : write_all($gateway, join '', map { chomp; qq({"opener":$_}\n) } lines('opener', $bytes));
}

sub take {
    my ($line, $fd) = @_;
    open my $handle, '+<&=', $fd or die "descriptor: $!\n";
    return $life = $handle if $line eq qq({"life":true}\n);
    my ($name) = $line =~ /^\{"socket":"(\w+)"\}\n$/ or die "a descriptor without a name\n";
    my $type = $NODE_TYPE->{$name} // die "an unknown socket: $name\n";
    send_fd($gateway, qq({"cmd":"NODE_HANDLE",$type,"msg":{"socket":"$name"}}\n), $fd);
}

sub opener_left {
    exit 0 if !$life;
    undef $opener;
    write_all($gateway, qq({"left":true}\n));
}

# The whole lines that are there now; the rest waits for what completes it.
sub lines {
    my ($side, $bytes) = @_;
    $pending{$side} = ($pending{$side} // '') . $bytes;
    return $pending{$side} =~ s/^(.*\n)//s ? split /(?<=\n)/, $1 : ();
}
