# The first program in the sandbox of a virtual machine: starts its VMM, waits until the machine answers, and serves sessions
# (serve.pl) by running their programs in the machine, with ssh(1). It is the only one in the machine's network besides it.
#
#   perl attendant.pl LIFE_FD CONTROL_FD BOT_BOTTLE_ID=ID ADDRESS PLACES MAX_BYTES -- VMM ARGUMENTS
#
# ADDRESS    the machine's, where its SSH server is; `bottle` in /vm/ssh-config.
# PLACES     numbers, with commas, of the mounted places that may be written to; each is brought out, as a tar, to /vm/out/TURN-NUMBER.tar,
#            when the agent has ended (TURN is `end`), and where a session of the kind `bring-out` asks for it (with a TURN of its own).
# MAX_BYTES  of each of these.
#
# When the agent has ended and its work is out, the machine ends by itself, or is ended. When the agent or the VMM ends, so does
# everything: the kernel ends every process of a PID namespace with its first.
use strict;
use warnings;
use POSIX qw(:sys_wait_h);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";
require "${here}program.pl";
require "${here}serve.pl";

use constant { SERVER_S => 90, ANSWER_S => 20, BRING_OUT_S => 150, POWER_OFF_S => 5, LAST_WORDS_S => 1 };
use constant { SSH_PORT => 22, POLL_S => 0.02, HEARD_S => 0.5, LAST_BYTES => 4096, OUT => '/vm/out' };
my @SSH = qw(ssh -F /vm/ssh-config);
# In the machine: see assets/microvm/guest.
my @LOADED = qw(/run/bot-bottle/ld.so --library-path /run/bot-bottle/lib);
my @SETPRIV = (@LOADED, '/run/bot-bottle/setpriv');
# The last before the program: no variable counts for what runs as root before it, such as LD_PRELOAD. It looks for the program as
# execvp(3) does: busybox would prefer what it has of that name.
my @ENV = (@LOADED, qw(/run/bot-bottle/env -i --));
my @NO_POWER = qw(--reuid 1000 --regid 1000 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs);
my %BECOME = (root => [ @SETPRIV, '--' ], agent => [ @SETPRIV, @NO_POWER, '--' ]);
my $GUEST = '/run/bot-bottle/busybox sh /run/bot-bottle';

my ($life, $control) = map { kept($_) } @ARGV[ 0, 1 ];
my (undef, undef, undef, $address, $places, $max_bytes, undef, @vmm) = @ARGV;

my $listener;
my $vmm = start_vmm(@vmm);
await_machine();
serve({
    life       => $life,
    control    => $control,
    kinds      => [qw(exec root check bring-out)],
    early      => [qw(root check)],
    start      => \&start,
    signal     => \&signal,
    signal_all => sub { my ($number) = @_; $number =~ /^\d+$/ or return; in_background(sub { ssh("$GUEST/signal all $number") }) },
    last       => sub { ssh("$GUEST/signal all 9"); bring_out('end'); power_off() },
    other      => sub { POSIX::_exit(137) if $_[0] == $vmm },
});

# What the machine's console says is kept to the last bytes, and told where the machine does not come up.
sub start_vmm {
    pipe my $console, my $console_end or die "pipe: $!\n";
    $listener = fork // die "fork: $!\n";
    if ($listener == 0) {
        close $console_end;
        my $said = '';
        while (sysread $console, my $bytes, 65536) { $said = substr $said . $bytes, -LAST_BYTES }
        syswrite STDERR, $said;
        POSIX::_exit(0);
    }
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
        POSIX::dup2(fileno $console_end, $_) for 1, 2;
        exec { $_[0] } @_ or die "$_[0]: $!\n";
    }
    return $pid;
}

# The launcher's end is the machine's: nobody else knows of it yet. It is told that there is one as soon as its kernel answers, be it that
# nobody listens: it reads back and connects it meanwhile.
sub await_machine {
    settle();
    pause_or_end() until defined knock();
    syswrite $life, "here\n" or exit 1;
    # By another process: what this one has open is read back.
    my $login = fork // exit 1;
    POSIX::_exit(logged_in() ? 0 : 1) if $login == 0;
    pause_or_end() until waitpid $login, WNOHANG;
    return if $? == 0;
    syswrite $life, "bot-bottle: it lets nobody in\n";
    exit 1;
}

# Pauses for a moment; ends all with the launcher, and with the machine.
sub pause_or_end {
    ended_without_coming_up($?) if waitpid $vmm, WNOHANG;
    vec(my $readable = '', fileno $life, 1) = 1;
    select($readable, undef, undef, POLL_S) == 0 or exit 1;
}

# Its last words are told by then. STATUS as waitpid(2) gives it: a signal is nothing that the machine could have a word about.
sub ended_without_coming_up {
    my ($status) = @_;
    for (1 .. LAST_WORDS_S / POLL_S) {
        last if waitpid $listener, WNOHANG;
        select undef, undef, undef, POLL_S;
    }
    my $signal = WIFSIGNALED($status) && WTERMSIG($status);
    syswrite $life, $signal ? "bot-bottle: its VMM was ended by signal $signal\n" : "the machine ended\n";
    exit 1;
}

# The one connection that all commands share.
sub logged_in {
    my $until = time + SERVER_S;
    until (knock()) {
        return 0 if time > $until;
        select undef, undef, undef, POLL_S;
    }
    my $login = fork // return 0;
    if ($login == 0) {
        POSIX::sigprocmask(POSIX::SIG_SETMASK, POSIX::SigSet->new);
        exec(@SSH, '-f', '-N', 'bottle') or POSIX::_exit(126);
    }
    # On a busy host a login takes as long as the server took to come.
    return ended_within($login, SERVER_S) == 0;
}

# What a connection comes to: 1 where the SSH server takes it, 0 where the machine's kernel refuses it, as nobody listens, undefined where
# nothing answers.
sub knock {
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    fcntl $socket, F_SETFL, fcntl($socket, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n";
    connect $socket, pack_sockaddr_in(SSH_PORT, inet_aton($address)) or $!{EINPROGRESS} or return $!{ECONNREFUSED} ? 0 : undef;
    vec(my $writable = '', fileno $socket, 1) = 1;
    return undef if select(undef, $writable, undef, HEARD_S) != 1;
    $! = unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR;
    return $! == 0 ? 1 : $!{ECONNREFUSED} ? 0 : undef;
}

sub start {
    my ($kind, $size, $folder, $arguments, $environment) = @_;
    return start_program($size, sub { POSIX::_exit(bring_out(turn_of($arguments))) }) if $kind eq 'bring-out';
    return start_program($size, sub { exec @SSH, '-T', 'bottle', "$GUEST/checked " . time }) if $kind eq 'check';
    my $user = $kind eq 'root' ? 'root' : 'agent';
    return start_program($size, sub { run_there($user, $folder, $arguments, $environment) });
}

# Nobody asks for the turn that is the end's.
sub turn_of {
    my ($arguments) = @_;
    my ($turn) = ($arguments->[1] // '') =~ /^([0-9a-f]{16})\z/ or POSIX::_exit(126);
    return $turn;
}

# In the new process. What is to run goes there by itself, before: the arguments of ssh can be seen by all of the host.
sub run_there {
    my ($user, $folder, $arguments, $environment) = @_;
    my $script = join ' ', 'cd', quoted($folder), '|| exit 126; exec', @{ $BECOME{$user} }, @ENV,
        map({ quoted("$_=$environment->{$_}") } sort keys %$environment), map { quoted($_) } @$arguments;
    my $failed = ssh("/run/bot-bottle/busybox cat >/run/bot-bottle/private/programs/$$", "$script\n");
    if ($failed) {
        syswrite STDERR, "bot-bottle: the machine does not answer\n";
        POSIX::_exit(126);
    }
    # A terminal comes with a session of its own.
    exec @SSH, '-tt', 'bottle', "exec $GUEST/program $user $$" if -t STDIN;
    exec @SSH, '-T', 'bottle', "exec /run/bot-bottle/busybox setsid $GUEST/program $user $$";
}

sub quoted { my ($word) = @_; $word =~ s/'/'\\''/g; return "'$word'" }

# Of a machine that does not answer, at least what is here of the program ends.
sub signal {
    my ($pid, $number) = @_;
    in_background(sub {
        ssh("$GUEST/signal $pid $number");
        kill $number, -$pid if $number == POSIX::SIGKILL;
    });
}

sub in_background {
    my ($does) = @_;
    my $pid = fork // return;
    return if $pid;
    eval { $does->() };
    POSIX::_exit(0);
}

# A command of ours in the machine; gives how it ended, 0 for well.
sub ssh {
    my ($command, $input) = @_;
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        close $to;
        POSIX::dup2(fileno $from, 0);
        open STDOUT, '>', '/dev/null' and open STDERR, '>', '/dev/null' or POSIX::_exit(126);
        POSIX::sigprocmask(POSIX::SIG_SETMASK, POSIX::SigSet->new);
        exec @SSH, '-T', 'bottle', $command;
    }
    close $from;
    print {$to} $input if defined $input;
    close $to;
    return ended_within($pid, ANSWER_S);
}

# How it ended; a machine whose root has taken over its server need never answer.
sub ended_within {
    my ($pid, $seconds) = @_;
    local $SIG{ALRM} = sub { kill 'KILL', $pid };
    alarm $seconds;
    1 while waitpid($pid, 0) < 0 && $!{EINTR};
    my $how = $?;
    alarm 0;
    return $how;
}

# What it has written is on its disk, should not all of it be out; nothing else of it is kept. It may be as hostile as it likes:
# whatever still runs when this is over ends with this program.
sub power_off {
    my $asking = fork // return;
    if ($asking == 0) {
        ssh("cd /run/bot-bottle && ./busybox sync -f private/work; exec ./busybox reboot -n -f");
        POSIX::_exit(0);
    }
    ended_within($vmm, POWER_OFF_S);
}

# Whole, or not at all.
sub bring_out {
    my ($turn) = @_;
    my $failed = 0;
    for my $place (split /,/, $places) {
        my $path = OUT . "/$turn-$place.tar";
        my $pid = fork // return 1;
        if ($pid == 0) {
            POSIX::sigprocmask(POSIX::SIG_SETMASK, POSIX::SigSet->new);
            open STDIN, '<', '/dev/null' and open STDOUT, '>', "$path.part" or POSIX::_exit(126);
            open STDERR, '>', '/dev/null';
            exec 'prlimit', "--fsize=$max_bytes", '--', @SSH, '-T', 'bottle', "exec $GUEST/bring-out $place";
        }
        ended_within($pid, BRING_OUT_S) == 0 && rename "$path.part", $path or $failed = 1;
    }
    return $failed;
}
