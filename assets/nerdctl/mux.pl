# Streams of bytes over one connection, as a machine without an interface has no other. Frames both ways: a letter, the number of a
# stream, a length, each of the last two of four bytes, and that many bytes.
#
#   o  a new stream, to the gateway's port of this name; from inside alone
#   d  bytes     e  there are no more     x  it is over, both ways     k  so many bytes (a number of four) were taken
#   Of no stream (number 0): g  check, now     l  the launch checks     n  why there are none
#
# Each side sends at most WINDOW bytes of a stream that were not taken yet, so a slow one keeps none of the others. Who breaks these rules is
# not spoken to any more: outside, the other end is a hostile machine's.
package Mux;
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket;

use constant { PIECE => 32768, LONGEST => 65536, WINDOW => 1 << 18, MOST_STREAMS => 1024, MOST_WAITING => 1 << 20, HEADER => 9 };
use constant { SHUT_WRITING => 1 };

my ($does, %stream, $last, $from_peer, $to_peer, $is_full);    # streams by number: {number, handle, waiting, credit, ended, over, shut}

# does: {in, out, listeners => {NAME => SOCKET}, open => ->(NAME), heed => ->(LETTER, BYTES), watched => [{handle, heard => ->()}]}.
# What `heard` gives is whether it is watched on. Comes back when the connection ends; dies where the other end breaks the rules.
sub carry {
    ($does) = @_;
    ($last, $from_peer, $to_peer) = (0, '', '');
    calm($_) for @$does{qw(in out)}, values %{ $does->{listeners} };
    while (1) {
        my ($readable, $writable) = wanted();
        select($readable, $writable, undef, undef) > 0 or next;
        for my $name (keys %{ $does->{listeners} }) { welcome($name) if marked($readable, $does->{listeners}{$name}) }
        @{ $does->{watched} } = grep { !marked($readable, $_->{handle}) || $_->{heard}->() } @{ $does->{watched} };
        for my $number (keys %stream) { take_from($stream{$number}) if marked($readable, $stream{$number}{handle}) }
        for my $number (keys %stream) { give_to($stream{$number}) if $stream{$number} && marked($writable, $stream{$number}{handle}) }
        hear_peer() // return if marked($readable, $does->{in});
        tell_peer() // return if length $to_peer;
    }
}

sub calm { my ($handle) = @_; fcntl $handle, F_SETFL, fcntl($handle, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n" }
sub mark { my ($set, $handle) = @_; vec($$set, fileno $handle, 1) = 1 }
sub marked { my ($set, $handle) = @_; return vec $set, fileno $handle, 1 }
sub send_frame { my ($letter, $number, $bytes) = @_; $to_peer .= pack 'a N N/a*', $letter, $number, $bytes }

# What waits for the other end is bounded: what comes to this one is left where it is meanwhile.
sub wanted {
    my ($readable, $writable) = ('', '');
    mark(\$readable, $_->{handle}) for @{ $does->{watched} };
    mark(\$readable, $does->{in}) if length $to_peer < 2 * MOST_WAITING;
    mark(\$writable, $does->{out}) if length $to_peer;
    my $has_room = length $to_peer < MOST_WAITING;
    if ($has_room && !$is_full && keys %stream < MOST_STREAMS) { mark(\$readable, $_) for values %{ $does->{listeners} } }
    for my $stream (values %stream) {
        mark(\$readable, $stream->{handle}) if $has_room && !$stream->{ended} && $stream->{credit} > 0;
        mark(\$writable, $stream->{handle}) if length $stream->{waiting};
    }
    return ($readable, $writable);
}

sub welcome {
    my ($name) = @_;
    accept my $handle, $does->{listeners}{$name} or return ($is_full = $!{EMFILE} || $!{ENFILE});
    $last++;
    send_frame('o', $last, $name);
    keep($last, $handle);
}

sub keep {
    my ($number, $handle) = @_;
    calm($handle);
    $stream{$number} = { number => $number, handle => $handle, waiting => '', credit => WINDOW, ended => 0, over => 0, shut => 0 };
}

sub take_from {
    my ($stream) = @_;
    return if length $to_peer >= MOST_WAITING;
    my $most = $stream->{credit} < PIECE ? $stream->{credit} : PIECE;
    my $got = sysread $stream->{handle}, my ($bytes), $most;
    return if !defined $got && ($!{EAGAIN} || $!{EINTR});
    return break_off($stream) if !defined $got;
    if ($got) {
        $stream->{credit} -= $got;
        return send_frame('d', $stream->{number}, $bytes);
    }
    $stream->{ended} = 1;
    send_frame('e', $stream->{number}, '');
    part($stream) if $stream->{shut};
}

sub give_to {
    my ($stream) = @_;
    if (length $stream->{waiting}) {
        my $written = syswrite $stream->{handle}, $stream->{waiting};
        return if !defined $written && ($!{EAGAIN} || $!{EINTR});
        return break_off($stream) if !defined $written;
        substr($stream->{waiting}, 0, $written) = '';
        send_frame('k', $stream->{number}, pack 'N', $written);
    }
    return if length $stream->{waiting} || !$stream->{over} || $stream->{shut};
    $stream->{shut} = 1;
    shutdown $stream->{handle}, SHUT_WRITING;
    part($stream) if $stream->{ended};
}

sub break_off {
    my ($stream) = @_;
    send_frame('x', $stream->{number}, '');
    part($stream);
}

sub part {
    my ($stream) = @_;
    delete $stream{ $stream->{number} };
    close $stream->{handle};
    $is_full = 0;
}

# Gives something, but at the connection's end.
sub hear_peer {
    my $got = sysread $does->{in}, $from_peer, LONGEST, length $from_peer;
    return 1 if !defined $got && ($!{EAGAIN} || $!{EINTR});
    return if !$got;
    while (length $from_peer >= HEADER) {
        my ($letter, $number, $length) = unpack 'a N N', $from_peer;
        die "a frame of $length bytes\n" if $length > LONGEST;
        last if length $from_peer < HEADER + $length;
        substr($from_peer, 0, HEADER) = '';
        heed($letter, $number, substr $from_peer, 0, $length, '');
    }
    return 1;
}

sub heed {
    my ($letter, $number, $bytes) = @_;
    return $does->{heed}->($letter, $bytes) if $number == 0;
    return open_stream($number, $bytes) if $letter eq 'o';
    my $stream = $stream{$number} // return;    # it is over here, and they do not know yet
    if ($letter eq 'd') {
        $stream->{waiting} .= $bytes;
        die "stream $number has more than it may\n" if $stream->{over} || length $stream->{waiting} > WINDOW;
        give_to($stream);
    }
    elsif ($letter eq 'e') { $stream->{over} = 1; give_to($stream) }
    elsif ($letter eq 'x') { part($stream) }
    elsif ($letter eq 'k') {
        $stream->{credit} += length $bytes == 4 ? unpack 'N', $bytes : die "how many bytes were taken is no number\n";
        die "of stream $number more was taken than was sent\n" if $stream->{credit} > WINDOW;
    }
    else { die "an unknown frame\n" }
}

sub open_stream {
    my ($number, $name) = @_;
    die "nobody opens streams here\n" if !$does->{open};
    die "stream $number is open\n" if $stream{$number};
    my $handle = keys %stream < MOST_STREAMS ? $does->{open}->($name) : undef;
    return $handle ? keep($number, $handle) : send_frame('x', $number, '');
}

sub tell_peer {
    my $written = syswrite $does->{out}, $to_peer;
    return $!{EAGAIN} || $!{EINTR} ? 1 : undef if !defined $written;
    substr($to_peer, 0, $written) = '';
    return 1;
}

1;
