# One program of a machine that has pipes alone, and whoever started it: frames on standard input and output, a letter, a length
# of four bytes, and that many bytes. The program's terminal is one of the bottle's own, so that the runtime never has one to
# carry: it forwards no signal to a program on one, sets its host's terminal wrongly, and ends with the wrong code where a
# program is not there.
#
# From the client:  r request, once, first (fields between NULs, as in sandbox/serve.pl)  i input  e end of input
#                   w rows, columns  s signal
# To the client:    b begun  o output  x error output  c exit code  n not started, and why  k this many bytes were taken
# A client that ends ends the program. After `c` the end of the client is waited for, as the runtime's own client drops what it has
# not written three seconds after this program's end; but not for ever, as one that has lost `c` would wait for it.
use strict;
use warnings;
use POSIX qw(:sys_wait_h);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../sandbox/program.pl";

use constant { TIOCSWINSZ_SESSION => 0x5414, PIECE => 65536, MOST_WAITING => 1 << 20, SIGNALLED => 128, ENDED_BY_KILL => 137, LAST_WORDS_S => 30 };
# The agent's variables, for programs beside it; nobody but root reads it.
use constant ENVIRONMENT_PATH => '/run/bot-bottle.env';

my ($how, $pid, $code);
my ($from_client, $to_client, $to_program) = ('', '', '');
my ($terminal, $input, $input_ends, @output);    # outputs: {handle, letter, ended}

# how: {owner => UID:GID}. Ends this process with the program's code.
sub serve_session {
    ($how) = @_;
    my $children = child_pipe();
    quiet($_) for \*STDIN, \*STDOUT;
    $SIG{TERM} = $SIG{INT} = sub { kill 'TERM', $pid if $pid };
    my ($is_open, $is_over) = (1, 0);
    $SIG{ALRM} = sub { POSIX::_exit($code) };
    until (defined $code && !@output && !$is_open && $to_client eq '') {
        my ($readable, $writable) = ('', '');
        set_bit(\$readable, $children);
        set_bit(\$readable, \*STDIN) if $is_open;
        if (length $to_client < MOST_WAITING) { set_bit(\$readable, $_->{handle}) for @output }
        set_bit(\$writable, \*STDOUT) if length $to_client;
        set_bit(\$writable, $input)   if $input && length $to_program;
        alarm LAST_WORDS_S if defined $code && !@output && $to_client eq '' && !$is_over++;
        select($readable, $writable, undef, defined $code && @output && !$terminal ? 0 : undef) >= 0 or next;
        reap($children) if has_bit($readable, $children);
        from_program($readable);
        $is_open = from_client() if $is_open && has_bit($readable, \*STDIN);
        end_with_client() if !$is_open && !defined $code;
        flush_client() if length $to_client;
        flush_program() if $input;
    }
    POSIX::_exit($code);
}

sub set_bit { my ($set, $handle) = @_; vec($$set, fileno $handle, 1) = 1 }
sub has_bit { my ($set, $handle) = @_; return vec $set, fileno $handle, 1 }
sub quiet   { my ($handle) = @_; fcntl $handle, F_SETFL, fcntl($handle, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n" }
sub frame   { my ($letter, $bytes) = @_; $to_client .= pack 'a N/a*', $letter, $bytes }

# A byte for each child that ends: no wait can miss it.
sub child_pipe {
    pipe my $read, my $write or die "pipe: $!\n";
    quiet($_) for $read, $write;
    $SIG{CHLD} = sub { syswrite $write, 'x' };
    return $read;
}

sub end_with_client {
    kill 'KILL', $pid if $pid;
    POSIX::_exit(ENDED_BY_KILL);
}

sub reap {
    my ($children) = @_;
    sysread $children, my $bytes, PIECE;
    while ((my $child = waitpid -1, WNOHANG) > 0) {
        next if !$pid || $child != $pid;
        $code = WIFSIGNALED($?) ? SIGNALLED + WTERMSIG($?) : WEXITSTATUS($?);
        undef $input if !$terminal;
        $to_program = '';
        frame('c', chr $code) if !@output;
    }
}

# After the program's end its terminal is read until it has hung up, and a pipe until it is empty: something that the program
# left behind may hold it open.
sub from_program {
    my ($readable) = @_;
    my $open = @output;
    for my $stream (@output) {
        next if !has_bit($readable, $stream->{handle}) && (!defined $code || $terminal);
        my $got = sysread $stream->{handle}, my $bytes, PIECE;
        if ($got) { frame($stream->{letter}, $bytes) }
        else      { $stream->{ended} = defined $got || !($!{EAGAIN} || $!{EINTR}) || defined $code }
    }
    @output = grep { !$_->{ended} } @output;
    frame('c', chr $code) if defined $code && $open && !@output;
}

sub from_client {
    my $got = sysread STDIN, $from_client, PIECE, length $from_client;
    return 1 if !defined $got && ($!{EAGAIN} || $!{EINTR});
    return 0 if !$got;
    while (length $from_client >= 5) {
        my ($letter, $length) = unpack 'a N', $from_client;
        last if length $from_client < 5 + $length;
        substr($from_client, 0, 5) = '';
        heed($letter, substr $from_client, 0, $length, '');
    }
    return 1;
}

sub heed {
    my ($letter, $bytes) = @_;
    if    ($letter eq 'r' && !$pid) { start_requested($bytes) }
    elsif ($letter eq 'i') { $input ? ($to_program .= $bytes) : frame('k', pack 'N', length $bytes) }
    elsif ($letter eq 'e') { $input_ends = !$terminal }
    elsif ($letter eq 'w') { resize(unpack 'n2', $bytes) }
    elsif ($letter eq 's') { kill ord $bytes, $pid if $pid && !defined $code }
}

sub resize {
    my ($rows, $columns) = @_;
    my $size = pack 'S4', $rows, $columns, 0, 0;
    ioctl $terminal, TIOCSWINSZ_SESSION, $size if $terminal;
}

sub start_requested {
    my ($kind, $size, $folder, $count, @rest) = split /\0/, $_[0], -1;
    my @arguments = splice @rest, 0, $count;
    my ($uid, $gid) = $kind eq 'root' ? (0, 0) : split /:/, $how->{owner};
    my @streams = eval { keep_environment(@rest) if $kind eq 'main'; start_as($uid, $gid, $size, $folder, \@arguments, \@rest) };
    if (!@streams) {
        my $reason = $@;
        chomp $reason;
        frame('n', $reason);
        $code = ENDED_BY_KILL;
        return;
    }
    ($pid, $input, @output) = @streams;
    $terminal = $input if !@output;
    @output = $terminal ? $terminal : @output;
    @output = map { { handle => $output[$_], letter => $_ ? 'x' : 'o' } } 0 .. $#output;
    quiet($_->{handle}) for @output;
    quiet($input);
    frame('b', '');
}

# A terminal belongs to who opens it.
sub start_as {
    my ($uid, $gid, $size, $folder, $arguments, $variables) = @_;
    my %environment = (%ENV, map { split /=/, $_, 2 } kept_environment(), @$variables);
    local $> = $uid;
    my @streams = start_program($size, sub {
        # Nothing that goes wrong here goes back to who serves: it is another process by now.
        eval {
            $> = 0;
            local $SIG{CHLD} = 'DEFAULT';
            $SIG{TERM} = $SIG{INT} = 'DEFAULT';
            give_up($uid, $gid);
            umask 022;
            run_program($folder, $arguments, \%environment);
        };
        syswrite STDERR, $@;
        POSIX::_exit(126);
    });
    return @streams;
}

sub keep_environment {
    sysopen my $file, ENVIRONMENT_PATH, O_WRONLY_CREATE(), 0600 or die ENVIRONMENT_PATH . ": $!\n";
    print $file join "\0", @_;
    close $file or die ENVIRONMENT_PATH . ": $!\n";
}

sub O_WRONLY_CREATE { return Fcntl::O_WRONLY() | Fcntl::O_CREAT() | Fcntl::O_EXCL() }

sub kept_environment {
    open my $file, '<', ENVIRONMENT_PATH or return ();
    local $/;
    return split /\0/, <$file> // '';
}

sub flush_client {
    my $written = syswrite STDOUT, $to_client;
    substr($to_client, 0, $written) = '' if $written;
    end_with_client() if !defined $written && !($!{EAGAIN} || $!{EINTR});
}

sub flush_program {
    if (length $to_program) {
        my $written = syswrite $input, $to_program;
        return if !defined $written && ($!{EAGAIN} || $!{EINTR});
        if (!defined $written) { ($written, $input_ends) = (length $to_program, !$terminal) }    # nobody reads any more
        substr($to_program, 0, $written) = '';
        frame('k', pack 'N', $written) if $written;
    }
    undef $input if $input_ends && $to_program eq '';
}

1;
