#!/usr/bin/perl
# perl forward.pl HOST:PORT [LOCAL_PORT]
#
# For programs that know no proxy (psql, redis-cli, mysql): what connects to 127.0.0.1:LOCAL_PORT in the bottle is connected to
# HOST:PORT by the gateway (RFC 9110, 9.3.6). Without LOCAL_PORT it is PORT. What the gateway refuses, it says why, on standard error.
use strict;
use warnings;
use IO::Socket::INET;

my ($target, $local) = @ARGV;
my ($port) = ($target // '') =~ /:([0-9]+)\z/ or die "usage: forward.pl HOST:PORT [LOCAL_PORT]\n";
my ($gateway) = ($ENV{HTTPS_PROXY} // '') =~ m{^http://([0-9.]+:[0-9]+)/?$};
defined $gateway or die "HTTPS_PROXY does not name the bottle's gateway\n";
$local //= $port;
my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$local", Listen => 128, ReuseAddr => 1)
    or die "127.0.0.1:$local cannot be listened at: $@\n";
$| = 1;
print "127.0.0.1:$local leads to $target\n";
# Nobody waits for those who carry.
$SIG{CHLD} = 'IGNORE';
while (1) {
    my $client = $listener->accept or next;
    my $carrier = fork;
    if (defined $carrier && $carrier == 0) {
        close $listener;
        carry($client);
        exit 0;
    }
    warn "fork: $!\n" if !defined $carrier;
    close $client;
}

sub carry {
    my ($client) = @_;
    my $server = connected();
    # A process for each direction: neither can hold up the other, and each passes on that one side has no more to say.
    my $back = fork // die "fork: $!\n";
    my ($from, $to) = $back == 0 ? ($server, $client) : ($client, $server);
    while (sysread $from, my $bytes, 65536) {
        while (length $bytes) {
            my $count = syswrite $to, $bytes or exit 1;
            substr $bytes, 0, $count, '';
        }
    }
    shutdown $to, 1;
}

sub connected {
    my $server = IO::Socket::INET->new(PeerAddr => $gateway) or die "the gateway at $gateway: $@\n";
    syswrite $server, "CONNECT $target HTTP/1.1\r\nHost: $target\r\n\r\n";
    # Byte by byte: what follows the head is the server's, and the first of it may be in the same packet.
    my $head = '';
    while ($head !~ /\r\n\r\n\z/) {
        length $head < 65536 && sysread $server, $head, 1, length $head or die "the gateway gave no answer\n";
    }
    return $server if $head =~ m{^HTTP/1\.1 200 };
    local $/;
    my $reason = <$server> // '';
    die $reason =~ /\S/ ? "$reason\n" : "$head\n";
}
