# Between the gateway's ports on a bottle's loopback and its sockets that are mounted: each connection gets one of its own to the
# socket of the same name, and each datagram for port 53 is asked as a stream (RFC 7766, 8). It knows no policy.
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket;

use constant { CHUNK => 65536, MAX_WAITING => 1 << 18, MAX_CONNECTIONS => 1024, MAX_QUESTIONS => 256, MAX_DATAGRAM => 512 };
use constant { SHUT_WRITING => 1, TRUNCATED => 0x0200 };

my ($folder, %end, %question, $is_full);    # by descriptor

# opened: by name, listening stream sockets, and dnsUdp. Does not come back.
sub relay {
    (my $opened, $folder) = @_;
    my %streams = %$opened;
    my $datagrams = delete $streams{dnsUdp};
    calm($_) for values %streams, $datagrams;
    while (1) {
        my ($readable, $writable) = ('', '');
        if (!$is_full && keys %end < 2 * MAX_CONNECTIONS) { mark(\$readable, $_) for values %streams }
        if (keys %question < MAX_QUESTIONS)    { mark(\$readable, $datagrams) }
        for my $end (values %end) {
            mark(\$readable, $end->{handle}) if !$end->{ended} && length $end->{peer}{waiting} < MAX_WAITING;
            mark(\$writable, $end->{handle}) if length $end->{waiting};
        }
        mark(\$readable, $_->{handle}) for values %question;
        select($readable, $writable, undef, undef) > 0 or next;
        for my $name (keys %streams) { accept_for($name, $streams{$name}) if marked($readable, $streams{$name}) }
        ask($datagrams) if marked($readable, $datagrams);
        for my $question (values %question) { answer($question, $datagrams) if marked($readable, $question->{handle}) }
        for my $fd (keys %end) { read_from($end{$fd}) if $end{$fd} && vec $readable, $fd, 1 }
        for my $fd (keys %end) { write_to($end{$fd})  if $end{$fd} && vec $writable, $fd, 1 }
    }
}

sub mark   { my ($set, $handle) = @_; vec($$set, fileno $handle, 1) = 1 }
sub marked { my ($set, $handle) = @_; return vec $set, fileno $handle, 1 }
sub calm   { my ($handle) = @_; fcntl $handle, F_SETFL, fcntl($handle, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n" }

sub accept_for {
    my ($name, $listener) = @_;
    accept my $inside, $listener or return ($is_full = $!{EMFILE} || $!{ENFILE});
    calm($inside);    # who reads slowly waits alone
    my $outside = gateway_socket($name) or return;    # closed with it: nobody serves any more
    my ($one, $other) = map { { handle => $_, waiting => '', ended => 0, shut => 0 } } $inside, $outside;
    ($one->{peer}, $other->{peer}) = ($other, $one);
    $end{ fileno $_->{handle} } = $_ for $one, $other;
}

sub gateway_socket {
    my ($name) = @_;
    socket my $socket, AF_UNIX, SOCK_STREAM, 0 or return;
    connect $socket, pack_sockaddr_un("$folder/$name") or return;
    calm($socket);
    return $socket;
}

sub read_from {
    my ($end) = @_;
    my $peer = $end->{peer};
    my $got = sysread $end->{handle}, $peer->{waiting}, CHUNK, length $peer->{waiting};
    return if !defined $got && ($!{EAGAIN} || $!{EINTR});
    return part($end) if !defined $got;
    $end->{ended} = 1 if $got == 0;
    write_to($peer);
}

sub write_to {
    my ($end) = @_;
    if (length $end->{waiting}) {
        my $written = syswrite $end->{handle}, $end->{waiting};
        return if !defined $written && ($!{EAGAIN} || $!{EINTR});
        return part($end) if !defined $written;
        substr($end->{waiting}, 0, $written) = '';
    }
    return if length $end->{waiting} || !$end->{peer}{ended} || $end->{shut};
    $end->{shut} = 1;
    shutdown $end->{handle}, SHUT_WRITING;
    part($end) if $end->{peer}{shut};
}

sub part {
    my ($end) = @_;
    for my $one ($end, $end->{peer}) { delete $end{ fileno $one->{handle} }; close $one->{handle} }
    $is_full = 0;
    delete $end->{peer}{peer};
    delete $end->{peer};
}

sub ask {
    my ($datagrams) = @_;
    defined(my $from = recv $datagrams, my $bytes, CHUNK, 0) or return;
    my $socket = gateway_socket('dnsTcp') or return;
    my $message = pack 'n/a*', $bytes;
    (syswrite($socket, $message) // -1) == length $message or return;
    $question{ fileno $socket } = { handle => $socket, from => $from, bytes => '' };
}

sub answer {
    my ($question, $datagrams) = @_;
    my $got = sysread $question->{handle}, $question->{bytes}, CHUNK, length $question->{bytes};
    return if !defined $got && ($!{EAGAIN} || $!{EINTR});
    my $length = length $question->{bytes} >= 2 ? unpack 'n', $question->{bytes} : 65536;
    my $is_whole = length $question->{bytes} >= 2 + $length;
    send $datagrams, short_enough(substr $question->{bytes}, 2, $length), 0, $question->{from} if $is_whole;
    return if $got && !$is_whole;
    delete $question{ fileno $question->{handle} };
    close $question->{handle};
}

# Who gets less than all of it is told to ask by a stream.
sub short_enough {
    my ($answer) = @_;
    return $answer if length $answer <= MAX_DATAGRAM;
    my ($id, $flags) = unpack 'n2', $answer;
    return pack 'n6', $id, $flags | TRUNCATED, 0, 0, 0, 0;
}

1;
