#!/usr/bin/perl
# perl keys.pl INNER OUTER
#
# Holds the keys of one bottle, outside of it. Starts an ssh-agent on the socket INNER, where the launcher loads the keys,
# and serves the bottle on the socket OUTER, where of the agent's protocol (draft-ietf-sshm-ssh-agent) three requests pass:
# list the keys, sign, and bind a connection to a session, which the keys' destination constraints need. Nothing can be
# added, removed or locked from there, and no library be loaded. Says "ready" once the bottle may connect.
use strict;
use warnings;
use POSIX qw(WNOHANG);
use IO::Socket::UNIX;

use constant { FAILURE => 5, REQUEST_IDENTITIES => 11, IDENTITIES_ANSWER => 12, SIGN_REQUEST => 13, EXTENSION => 27 };
use constant MAX_MESSAGE_BYTES => 256 * 1024;    # as ssh-agent's own
use constant MAX_CLIENTS => 16;
use constant AGENT_START_S => 5;

my ($inner, $outer) = @ARGV;
defined $outer or die "usage: keys.pl INNER OUTER\n";
POSIX::nice(10);    # whoever signs without end is last to be served

my $agent = start_agent();
$SIG{TERM} = sub { kill 'TERM', $agent; exit 0 };    # the first program of a namespace has no default for it
my $clients = 0;
$SIG{CHLD} = \&reap;
my $listener = listen_for_bottle();
print "ready\n" or die "standard output: $!\n";
close STDOUT;
open STDERR, '>', '/dev/null' or die "/dev/null: $!\n";
while (1) {
    my $client = $listener->accept or next;    # interrupted by a child's end
    select undef, undef, undef, 0.05 while $clients >= MAX_CLIENTS;
    my $child = fork;
    defined $child or next;
    if ($child == 0) {
        $SIG{$_} = 'DEFAULT' for qw(CHLD TERM);
        serve($client);
        exit 0;
    }
    $clients += 1;
}

# -P '': no library may be loaded into it (ssh-agent(1)).
sub start_agent {
    my $child = fork // die "fork: $!\n";
    if ($child == 0) {
        open STDIN,  '<', '/dev/null' or die "/dev/null: $!\n";
        open STDOUT, '>', '/dev/null' or die "/dev/null: $!\n";
        open STDERR, '>', '/dev/null' or die "/dev/null: $!\n";    # a bottle can make it say a lot
        exec 'ssh-agent', '-D', '-P', '', '-a', $inner or POSIX::_exit(127);
    }
    for (1 .. AGENT_START_S * 100) {
        return $child if IO::Socket::UNIX->new(Peer => $inner);    # bound is not yet listening
        die "ssh-agent ended: $?\n" if waitpid($child, WNOHANG) == $child;
        select undef, undef, undef, 0.01;
    }
    die "ssh-agent made no socket\n";
}

sub reap {
    while ((my $gone = waitpid -1, WNOHANG) > 0) {
        exit 1 if $gone == $agent;
        $clients -= 1;
    }
}

# Open to all: who comes as far as this socket is the bottle, as whatever user.
sub listen_for_bottle {
    my $socket = IO::Socket::UNIX->new(Local => $outer, Listen => MAX_CLIENTS) or die "$outer: $!\n";
    chmod 0666, $outer or die "$outer: $!\n";
    return $socket;
}

sub serve {
    my ($client) = @_;
    my $upstream = IO::Socket::UNIX->new(Peer => $inner) or return;
    while (defined(my $request = read_message($client))) {
        my $answer = pack 'C', FAILURE;
        if (may_pass($request)) {
            write_message($upstream, $request);
            $answer = read_message($upstream) // return;
        }
        write_message($client, without_comments($answer));
    }
}

sub may_pass {
    my ($request) = @_;
    my $type = unpack 'C', $request;
    return 1 if $type == REQUEST_IDENTITIES || $type == SIGN_REQUEST;
    return $type == EXTENSION && (unpack 'x N/a*', $request) eq 'session-bind@openssh.com';
}

# A key's comment is often its owner's name and computer.
sub without_comments {
    my ($answer) = @_;
    return $answer if unpack('C', $answer) != IDENTITIES_ANSWER;
    my ($type, $count, @strings) = unpack 'C N (N/a*)*', $answer;
    return pack 'C N (N/a*)*', $type, $count, map { $_ % 2 ? '' : $strings[$_] } 0 .. $#strings;
}

sub read_message {
    my ($from) = @_;
    my $length = unpack 'N', read_bytes($from, 4) // return;
    return $length >= 1 && $length <= MAX_MESSAGE_BYTES ? read_bytes($from, $length) : undef;
}

sub read_bytes {
    my ($from, $count) = @_;
    my $bytes = '';
    while (length $bytes < $count) {
        sysread $from, $bytes, $count - length $bytes, length $bytes or return undef;
    }
    return $bytes;
}

sub write_message {
    my ($to, $message) = @_;
    my $bytes = pack 'N/a*', $message;
    while (length $bytes) {
        my $count = syswrite $to, $bytes or exit 1;
        substr $bytes, 0, $count, '';
    }
}
