# The first program of a sandbox, and its only one that is ours: serves sessions. Which program a session runs, and how, says
# who requires this file:
#
#   serve({ life => HANDLE, control => HANDLE, start => CODE, signal => CODE, signal_all => CODE, ... })
#
# life      is the launcher: as long as no agent runs, its end is the bottle's end.
# control   is a listening Unix socket, in a folder of the host that the bottle does not see. A session (session.pl) sends one
#           request, a length of four bytes and fields between NULs:
#
#   KIND, "ROWS COLUMNS" or "", folder, number of arguments, arguments, VARIABLE=VALUE ...
#       (main: the agent; of any other kind: besides the variables of main)
#   signal, number, to every program of the bottle
#
# It is answered `r` with a descriptor (the terminal; or standard input, output and error), `n` and a reason, and at last `x`
# and the exit code. Each further byte of a session is a signal for its program; the session's end kills it.
#
# kinds       those it may ask for besides main and signal; `early`: of these, those that need no agent.
# start       ->(KIND, SIZE, FOLDER, ARGUMENTS, ENVIRONMENT): gives a process and its streams, or dies with why not.
# signal      ->(PROCESS, NUMBER)
# signal_all  ->(NUMBER)
# last        ->(): the main program has ended; when this returns, all ends.
# other       ->(PROCESS): some child ended that was no session's.
use strict;
use warnings;
use POSIX qw(:sys_wait_h);
use Fcntl qw(F_SETFD FD_CLOEXEC);
use Socket;

use constant { PR_SET_DUMPABLE => 4, MAX_REQUEST_BYTES => 4 << 20, KILLED => 137 };
# Numbers from the kernel's syscall_64.tbl (x86-64) and asm-generic/unistd.h (arm64).
my %NUMBERS = (x86_64 => { prctl => 157, signalfd4 => 289 }, aarch64 => { prctl => 167, signalfd4 => 74 });
my $CALL = $NUMBERS{ (POSIX::uname())[4] } or die "no system call numbers for this machine\n";

my ($does, %session, %program);    # by descriptor: {socket, pid, request}; by process: descriptor
my ($main, @environment, $children);

sub serve {
    ($does) = @_;
    my ($life, $control) = @$does{qw(life control)};
    settle();
    syswrite $life, "up\n" or exit 1;
    while (1) {
        my $readable = '';
        vec($readable, fileno $_, 1) = 1 for $control, $children, $main ? () : $life, map { $_->{socket} } values %session;
        select($readable, undef, undef, undef) > 0 or next;
        exit 1             if !$main && vec $readable, fileno $life, 1;
        reap($children)    if vec $readable, fileno $children, 1;
        welcome($control)  if vec $readable, fileno $control, 1;
        vec $readable, $_, 1 and hear($session{$_}) for grep { $session{$_} } keys %session;
    }
}

# The last step of the set-up: from here on this process has open what it keeps open, and the launcher may read it back.
sub settle {
    return if $children;
    $children = child_signals();
    umask 022;
    first_to_go();
    $SIG{PIPE} = 'IGNORE';
    open STDIN, '<', '/dev/null' and open STDOUT, '>', '/dev/null' or die "/dev/null: $!\n";
    open STDERR, '>', '/dev/null' or exit 1;
}

# Where the host's memory runs out, the kernel ends bottles before anything else (proc_pid_oom_score_adj(5)). An agent can
# take that back for itself, but not for this process, with which the bottle's memory is freed, that of its tmpfs too.
sub first_to_go {
    open my $score, '>', '/proc/self/oom_score_adj' or die "oom_score_adj: $!\n";
    print $score "1000\n" and close $score or die "oom_score_adj: $!\n";
}

# A descriptor that came with the start, and does not go on to any program.
sub kept {
    my ($fd) = @_;
    open my $handle, '+<&=', $fd or die "descriptor $fd: $!\n";
    fcntl $handle, F_SETFD, FD_CLOEXEC or die "descriptor $fd: $!\n";
    return $handle;
}

# signalfd(2): an event like any other, which no wait can miss.
sub child_signals {
    my $set = POSIX::SigSet->new(POSIX::SIGCHLD);
    POSIX::sigprocmask(POSIX::SIG_BLOCK, $set) or die "sigprocmask: $!\n";
    my $mask = pack 'Q', 1 << (POSIX::SIGCHLD - 1);
    my $fd = syscall $CALL->{signalfd4}, -1, $mask, 8, 02004000;    # SFD_CLOEXEC | SFD_NONBLOCK
    open my $handle, '<&=', $fd or die "signalfd: $!\n";
    return $handle;
}

sub welcome {
    my ($control) = @_;
    accept my $socket, $control or return;
    $session{ fileno $socket } = { socket => $socket, request => '' };
}

sub hear {
    my ($session) = @_;
    my $got = sysread $session->{socket}, my $bytes, 65536;
    return leave($session) if !$got;
    return map { $does->{signal}->($session->{pid}, $_) } unpack 'C*', $bytes if $session->{pid};
    $session->{request} .= $bytes;
    my $length = length $session->{request} < 4 ? return : unpack 'N', $session->{request};
    return leave($session) if $length > MAX_REQUEST_BYTES;
    answer($session, split /\0/, substr($session->{request}, 4), -1) if length $session->{request} >= 4 + $length;
}

# A program whose session is gone is ended. With the main program, all ends.
sub leave {
    my ($session) = @_;
    finish(KILLED) if $main && $session->{pid} && $session->{pid} == $main;
    $does->{signal}->($session->{pid}, POSIX::SIGKILL) if $session->{pid};
    delete $session{ fileno $session->{socket} };
}

sub finish {
    my ($code) = @_;
    $does->{last}->() if $does->{last};
    POSIX::_exit($code);
}

sub answer {
    my ($session, $kind, @fields) = @_;
    if ($kind eq 'signal') {
        $does->{signal_all}->($fields[0]);
        return leave($session);
    }
    return refuse($session, "unknown request: $kind") if $kind ne 'main' && !grep { $_ eq $kind } @{ $does->{kinds} };
    return refuse($session, 'an agent runs already') if $kind eq 'main' && $main;
    return refuse($session, 'no agent runs') if $kind ne 'main' && !$main && !grep { $_ eq $kind } @{ $does->{early} // [] };
    # From here on programs run that are not to be trusted, as the same user: none of them may look into this one,
    # or write to it (ptrace(2), "Ptrace access mode checking").
    syscall($CALL->{prctl}, PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 or return refuse($session, "prctl: $!");
    my ($size, $folder, $count, @rest) = @fields;
    my @arguments = splice @rest, 0, $count;
    @environment = @rest if $kind eq 'main';
    my %environment = map { split /=/, $_, 2 } @environment, @rest;
    my ($pid, @streams) = eval { $does->{start}->($kind, $size, $folder, \@arguments, \%environment) } or return refuse($session, $@);
    $main = $pid if $kind eq 'main';
    $session->{pid} = $pid;
    $program{$pid} = fileno $session->{socket};
    eval { send_fd($session->{socket}, 'r', fileno $_) for @streams; 1 } or leave($session);
}

sub refuse {
    my ($session, $reason) = @_;
    chomp $reason;
    syswrite $session->{socket}, "n$reason";
    leave($session);
}

sub reap {
    my ($children) = @_;
    sysread $children, my $signals, 65536;
    while ((my $pid = waitpid -1, WNOHANG) > 0) {
        my $code = WIFSIGNALED($?) ? 128 + WTERMSIG($?) : WEXITSTATUS($?);
        my $known = delete $program{$pid};
        $does->{other}->($pid) if !defined $known && $does->{other};
        my $session = $session{ $known // -1 };
        $does->{last}->() if $main && $pid == $main && $does->{last};
        syswrite $session->{socket}, 'x' . chr $code if $session;
        POSIX::_exit($code) if $main && $pid == $main;
        delete $session{ fileno $session->{socket} } if $session;
    }
}

1;
