# On the host: between one program of a bottle and whoever looks at it. It holds the program's terminal or pipes, so
# that the program goes on when the one who looks lets go, and it knows nothing of what they say.
#
#   perl session.pl --control SOCKET --owner UID:GID [--listen NAME --code NAME]
#
# Descriptor 3 is the first client. --listen: a socket beside the control socket where later ones attach; the newest
# has the session. --code: a file beside it in which the program's exit code is noted, for when nobody is attached.
# Frames are a letter, a length of four bytes, and that many bytes.
# From the client:  r request (serve.pl has its fields)  i input  e end of input  w rows, columns  s signal  d detach
# To the client:    b begun  o output  x error output  d detached  c exit code  n not started, and why
#                   k this many bytes of input were taken
# A client that ends without `d` ends the program.
use strict;
use warnings;
use POSIX ();
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK S_ISFIFO S_ISCHR);
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}shed.pl";
require "${here}../handover/fds.pl";

use constant { CLIENT_FD => 3, TIOCGWINSZ => 0x5413, TIOCSWINSZ => 0x5414, PTMX => 5 << 8 | 2, KILLED => 137, CHUNK => 65536 };
use constant { LAST_WORDS_S => 5, MAX_WAITING_BYTES => 1 << 20, REPLAY_BYTES => 65536 };

close_above(CLIENT_FD);
my %option = @ARGV;
my $name   = enter_folder_of($option{'--control'} // die "usage: session.pl --control SOCKET --owner UID:GID [--listen NAME --code NAME]\n");
socket my $init, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
connect $init, pack_sockaddr_un($name) or die "the bottle does not run: $!\n";
my $listener = $option{'--listen'} && listening($option{'--listen'});
my $verdict  = $option{'--code'} && noted_in($option{'--code'});
chdir '/' or die "/: $!\n";
become_owner($option{'--owner'});
$SIG{PIPE} = 'IGNORE';

open my $client, '+<&=', CLIENT_FD or die "descriptor 3: $!\n";
quick($client);
my ($from_client, $to_client, $to_program) = ('', '', '');
my ($input, @output);    # the program's: where to write; {handle, letter}
my ($terminal, $input_ends, @replay, @leaving, $code);
my $outputs = 0;         # how many have come: a short program's first may have ended before its second is here

until (defined $code && !@output && (!$client || $to_client eq '')) {
    my ($readable, $writable) = ('', '');
    want(\$readable, $_) for $client, @leaving;
    want(\$readable, $listener) if !defined $code;
    want(\$readable, $init)     if !defined $code;
    if (!$client || length $to_client < MAX_WAITING_BYTES) { want(\$readable, $_->{handle}) for @output }
    want(\$writable, $client)   if length $to_client;
    want(\$writable, $input)    if length $to_program;
    select($readable, $writable, undef, defined $code && @output && !$terminal ? 0 : undef) >= 0 or next;
    from_init()                   if is($readable, $init);
    from_program($readable);
    welcome()                     if is($readable, $listener);
    from_client()                 if is($readable, $client);
    flush_client()                if is($writable, $client);
    flush_program()               if is($writable, $input) || $input_ends;
    @leaving = grep { !is($readable, $_) || sysread $_, my $unheard, CHUNK } @leaving;
}
# It closes first: what it had still sent would otherwise break the connection before it has read the exit code.
alarm LAST_WORDS_S;
shutdown $client, 1 if $client;
while ($client) {
    want(\(my $readable = ''), $client);
    select($readable, undef, undef, undef) > 0 and !sysread $client, my $unheard, CHUNK and last;
}

sub listening {
    my ($name) = @_;
    umask 0177;
    unlink $name;
    socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
    bind $socket, pack_sockaddr_un($name) or die "$name: $!\n";
    listen $socket, 4 or die "$name: $!\n";
    return $socket;
}

sub noted_in {
    my ($name) = @_;
    open my $file, '>', $name or die "$name: $!\n";
    return $file;
}

sub want  { my ($set, $handle) = @_; vec($$set, fileno $handle, 1) = 1 if $handle }
sub is    { my ($set, $handle) = @_; return $handle && vec $set, fileno $handle, 1 }
sub quick { my ($handle) = @_; fcntl $handle, F_SETFL, fcntl($handle, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n" }

sub frame { my ($letter, $bytes) = @_; $to_client .= pack 'a N/a*', $letter, $bytes if $client }

# The descriptors that init.pl, or a machine's attendant.pl, sends are made by it, but they came out of a bottle: only what was asked for is taken.
sub from_init {
    my ($bytes, $fd) = eval { receive_fd($init) };
    $bytes //= '';
    return ended(ord substr $bytes, 1) if $bytes =~ /^x./s;
    return not_started(substr $bytes, 1) if $bytes =~ /^n/;
    return ended(KILLED) if !defined $fd || $bytes ne 'r';
    open my $handle, '+<&=', $fd or die "descriptor $fd: $!\n";
    quick($handle);
    my ($mode, $device) = (stat $handle)[ 2, 6 ];
    if (S_ISCHR($mode) && $device == PTMX && !$input) {
        $terminal = $input = $handle;
        push @output, { handle => $handle, letter => 'o' };
    }
    elsif (!S_ISFIFO($mode) || $terminal) { die "unexpected descriptor\n" }
    elsif (!$input)                       { $input = $handle }
    else                                  { push @output, { handle => $handle, letter => $outputs++ ? 'x' : 'o' } }
    frame('b', '') if $terminal || $outputs == 2;
}

sub ended {
    ($code) = @_;
    syswrite $verdict, "$code\n" if $verdict;
    undef $init;
    undef $input if !$terminal;
    $to_program = '';
    frame('c', chr $code) if !@output;
}

sub not_started {
    frame('n', $_[0]);
    $code = KILLED;
    undef $init;
}

# After the program's end the terminal is read until it has hung up, which the kernel does; a pipe until it is empty,
# as something that the program left behind may hold it open.
sub from_program {
    my ($readable) = @_;
    for my $stream (@output) {
        my $ready = is($readable, $stream->{handle});
        next if !$ready && (!defined $code || $terminal);
        my $got = sysread $stream->{handle}, my $bytes, CHUNK;
        if ($got) { remember($stream->{letter}, $bytes); frame($stream->{letter}, $bytes) }
        else      { $stream->{ended} = defined $got || !$!{EAGAIN} || defined $code }
    }
    my $open = @output;
    @output = grep { !$_->{ended} } @output;
    frame('c', chr $code) if defined $code && $open && !@output;
}

sub remember {
    my ($letter, $bytes) = @_;
    push @replay, [ $letter, $bytes ];
    my $total = 0;
    $total += length $_->[1] for @replay;
    while ($total - length $replay[0][1] >= REPLAY_BYTES) { $total -= length shift(@replay)->[1] }
}

sub welcome {
    accept my $next, $listener or return;
    let_go() if $client;
    $client = $next;
    quick($client);
    ($from_client, $to_client) = ('', '');
    frame('b', '');
    frame(@$_) for @replay;
}

# Told in one go if its socket takes it; one that does not read is left all the same. It closes first, as at the end.
sub let_go {
    frame('d', '');
    syswrite $client, $to_client;
    shutdown $client, 1;
    push @leaving, $client;
    undef $client;
}

sub from_client {
    my $got = sysread $client, $from_client, CHUNK, length $from_client;
    return if !defined $got && $!{EAGAIN};
    exit 1 if !$got;
    while (length $from_client >= 5) {
        my ($letter, $length) = unpack 'a N', $from_client;
        last if length $from_client < 5 + $length;
        substr($from_client, 0, 5) = '';
        heed($letter, substr $from_client, 0, $length, '');
        last if !$client;
    }
}

sub heed {
    my ($letter, $bytes) = @_;
    if    ($letter eq 'r') { write_all($init, pack 'N/a*', $bytes) }
    elsif ($letter eq 'i') { $input ? ($to_program .= $bytes) : frame('k', pack 'N', length $bytes) }
    elsif ($letter eq 'e') { $input_ends = !$terminal }
    elsif ($letter eq 'w') { resize(unpack 'n2', $bytes) }
    elsif ($letter eq 's') { syswrite $init, $bytes if $init }
    elsif ($letter eq 'd' && $listener) { let_go() }
}

# The size that it had already: somebody attached anew, and a program that draws on a whole screen must do so again.
sub resize {
    my ($rows, $columns) = @_;
    return if !$terminal;
    my $had = pack 'S4', (0) x 4;
    ioctl $terminal, TIOCGWINSZ, $had;
    my $is_same = join(' ', unpack 'S2', $had) eq "$rows $columns";
    for my $wanted ($is_same ? $columns + 1 : (), $columns) {
        my $size = pack 'S4', $rows, $wanted, 0, 0;
        ioctl $terminal, TIOCSWINSZ, $size;
    }
}

sub flush_client {
    my $written = syswrite $client, $to_client;
    substr($to_client, 0, $written) = '' if $written;
    exit 1 if !defined $written && !$!{EAGAIN};
}

sub flush_program {
    my $written = $input && length $to_program ? syswrite $input, $to_program : 0;
    return if !defined $written && $!{EAGAIN};
    if (!defined $written) { ($written, $input_ends) = (length $to_program, !$terminal) }    # nobody reads any more
    substr($to_program, 0, $written) = '';
    frame('k', pack 'N', $written) if $written;
    undef $input if $input_ends && $to_program eq '';
}
