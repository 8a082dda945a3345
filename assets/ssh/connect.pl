#!/usr/bin/perl
# perl connect.pl HOST PORT
#
# OpenSSH's ProxyCommand in a bottle: standard input and output become a connection that the gateway makes (RFC 9110, 9.3.6).
# What the gateway refuses, it says why; that goes to standard error.
use strict;
use warnings;
use IO::Socket::INET;

my ($host, $port) = @ARGV;
defined $port or die "usage: connect.pl HOST PORT\n";
my ($gateway) = ($ENV{HTTPS_PROXY} // '') =~ m{^http://([0-9.]+:[0-9]+)/?$};
defined $gateway or die "HTTPS_PROXY does not name the bottle's gateway\n";
my $server = IO::Socket::INET->new(PeerAddr => $gateway) or die "the gateway at $gateway: $@\n";
my $target = $host =~ /:/ ? "[$host]:$port" : "$host:$port";
put($server, "CONNECT $target HTTP/1.1\r\nHost: $target\r\n\r\n");

# Byte by byte: what follows the head is the server's, and the first of it may be in the same packet.
my $head = '';
while ($head !~ /\r\n\r\n\z/) {
    length $head < 65536 && sysread $server, $head, 1, length $head or die "the gateway gave no answer\n";
}
if ($head !~ m{^HTTP/1\.1 200 }) {
    local $/;
    my $reason = <$server> // '';
    die $reason =~ /\S/ ? "$reason\n" : "$head\n";
}

# Two processes, one for each direction: neither can hold up the other. OpenSSH hangs up on its ProxyCommand as it ends, when
# its last words may still be on the way: they are passed on, or the server waits for ever.
$SIG{HUP} = 'IGNORE';
$SIG{CHLD} = sub { exit 0 };
my $reader = fork // die "fork: $!\n";
if ($reader == 0) {
    # Whoever reads what ssh says waits until nobody can say any more.
    close STDERR;
    copy($server, \*STDOUT);
    exit 0;
}
close STDOUT;
copy(\*STDIN, $server);
close STDERR;
shutdown $server, 1;
# ssh has ended: nobody hears what may still come, and a server that does not end does not keep this.
sleep 5;
kill 'TERM', $reader;
exit 0;

sub copy {
    my ($from, $to) = @_;
    while (sysread $from, my $bytes, 65536) { put($to, $bytes) }
}

sub put {
    my ($to, $bytes) = @_;
    while (length $bytes) {
        my $count = syswrite $to, $bytes or exit 1;
        substr $bytes, 0, $count, '';
    }
}
