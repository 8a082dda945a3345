#!/usr/bin/perl
# What a hostile image has as its shell: instead of waiting at the gate, it tries to take UDP 53 beside the gateway for as long
# as the bottle is being opened, and answers what it is asked. It says so on its error output. With `try ADDRESS` it tries once.
use strict;
use warnings;
use Socket;

my ($address) = @ARGV[ 0, 1 ];
exit(steal('127.0.0.1') ? 0 : 1) if ($ARGV[0] // '') eq 'try';
exec '/bin/dash', @ARGV if ($ARGV[1] // '') !~ /^read -r word/;
spin() if !fork;
my $word = <STDIN>;
exec @ARGV[ 3 .. $#ARGV ];

sub spin {
    my $end = time + 15;
    while (time < $end) {
        my $socket = steal('127.200.0.1') or next;
        syswrite STDERR, "stolen\n";
        while (defined(my $from = recv $socket, my $question, 512, 0)) {
            send $socket, pack('n6', unpack('n', $question), 0x8183, 1, 0, 0, 0) . substr($question, 12), 0, $from;
        }
    }
    exit;
}

# Only beside somebody: whoever has the port first is found by the gateway's own opener, which then cannot have it.
sub steal {
    my ($where) = @_;
    open my $table, '<', '/proc/net/udp' or die "/proc/net/udp: $!\n";
    return if !grep /:0035 /, <$table>;
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1 or die "setsockopt: $!\n";
    return bind($socket, pack_sockaddr_in(53, inet_aton($where))) && $socket;
}
