# What kernel.pl can ask for, by name. Each gives something true that holds what it got, or dies of what it met. They are
# given the nonce, a process of the host, and a list for what must be undone.
package kernel_attempts;
use strict;
use warnings;
use Fcntl qw(:DEFAULT);
use Socket;
use Time::HiRes qw(sleep);
use kernel_calls;
use kernel_files;
use kernel_modules;
use kernel_network;
use kernel_own;

use constant { SIGCHLD => 17, SEIZE => 0x4206, RLIMIT_CORE => 4, RLIMIT_NOFILE => 7, UNLIMITED => ~0 };
use constant { MS_BIND => 0x1000, MNT_DETACH => 2, ALARM_CLOCK => 8, AF_PACKET => 17, ADJ_ESTERROR => 8 };
use constant { AF_VSOCK => 40, AF_ALG => 38, ICMP => 1, UDP_LITE => 136, MPTCP => 262, OWN_SECONDS => 5 };

# A namespace of its own, by unshare(2).
sub unshare_only {
    my ($kind) = @_;
    return sub {
        my $made = call('unshare', NEW->{$kind}) == 0
            || $kind ne 'user' && call('unshare', NEW->{$kind} | NEW->{user}) == 0;
        $made or failed("unshare $kind");
        # Of these, only the next process is in the new one.
        return $kind eq 'pid' || $kind eq 'time' ? cloned(fork // failed('fork'), 'fork') : 1;
    };
}

# A process in a namespace of its own. In it, this returns as in the one that made it.
sub cloned {
    my ($made, $name) = @_;
    $made >= 0 or failed($name);
    if ($made > 0) { waitpid $made, 0 }
    return 1;
}

sub clone_user { cloned(call('clone', SIGCHLD | NEW->{user}, 0, 0, 0, 0), 'clone') }

sub clone3_user {
    my $arguments = pack 'Q8', NEW->{user}, 0, 0, 0, SIGCHLD, 0, 0, 0;
    cloned(call('clone3', $arguments, length $arguments), 'clone3');
}

# The same call by its number in the x32 interface, which a filter may not know.
sub x32_user { syscall(0x4000_0000 | 272, NEW->{user}) == 0 or failed('unshare (x32)'); 1 }

sub setns_path {
    my ($nonce, $pid) = @_;
    my $entered = 0;
    for my $process ($pid, 1, grep { /^\d+$/ } map { s{.*/}{}r } glob '/proc/[0-9]*') {
        for my $kind (keys %{ +NEW }) {
            open my $file, '<', "/proc/$process/ns/$kind" or next;
            $entered++ if call('setns', fileno $file, 0) == 0;
        }
    }
    $entered or failed('setns');
}

sub setns_pidfd {
    my ($nonce, $pid) = @_;
    my $fd = descriptor('pidfd_open', $pid + 0, 0);
    my @entered = grep { call('setns', $fd, $_) == 0 } values %{ +NEW };
    @entered or failed('setns');
}

# Something mounted at a place that has the nonce for a name.
sub mounting {
    my ($type, $flags, $options) = @_;
    return sub {
        my ($nonce, undef, $undo) = @_;
        my $dir = own_dir($nonce);
        push @$undo, sub { call('umount2', $dir, MNT_DETACH) };
        my $source = $flags & MS_BIND ? '/usr' : $nonce;
        my $namespaces = NEW->{mnt} | NEW->{cgroup} | ($type eq 'proc' ? NEW->{pid} : 0);
        apart($namespaces, sub { call('mount', $source, $dir, $type, $flags, $options) == 0 });
    };
}

sub enter_root {
    my ($nonce) = @_;
    my $dir = own_dir($nonce);
    apart(0, sub { chroot $dir });
}

sub bpf_map {
    my $attributes = pack 'L5 x52', 2, 4, 8, 1, 0;
    descriptor('bpf', 0, $attributes, length $attributes);
}

sub bpf_program {
    my $instructions = pack 'CCsl CCsl', 0xb7, 0, 0, 0, 0x95, 0, 0, 0;    # r0 = 0; exit
    my $license = "GPL\0";
    my ($code, $terms) = map { unpack 'Q', pack 'P', $_ } $instructions, $license;
    my $attributes = pack 'LLQQ x48', 1, 2, $code, $terms;
    descriptor('bpf', 5, $attributes, length $attributes);
}

sub io_uring { my $parameters = "\0" x 120; descriptor('io_uring_setup', 1, $parameters) }

# The clock of this process only, without the kernel's part: what the kernel gives most readily.
sub perf_event {
    my $attributes = pack 'LLQQQQQ x64', 1, 112, 0, 0, 0, 0, 0x61;
    descriptor('perf_event_open', $attributes, 0, -1, -1, 0);
}

sub key_shown { my ($key) = @_; call('keyctl', 5, $key, 0x3f3f_3f3f) == 0 or failed('keyctl'); 1 }

# In the keyring of the process: it goes with it.
sub add_key {
    my ($nonce) = @_;
    my ($type, $payload) = ('user', 'nothing');
    key_shown(descriptor('add_key', $type, $nonce, $payload, length $payload, -2));
}

sub join_session { my ($nonce) = @_; key_shown(descriptor('keyctl', 1, "$nonce")) }

# PTRACE_SEIZE does not stop what it traces, and ends with the tracer.
sub seize { my (undef, $pid) = @_; call('ptrace', SEIZE, $pid + 0, 0, 0) == 0 or failed('ptrace') }

sub pidfd { my (undef, $pid) = @_; descriptor('pidfd_open', $pid + 0, 0) }

sub take_descriptor { descriptor('pidfd_getfd', pidfd(@_), 0, 0) }

sub limit_other {
    my ($nonce, $pid, $undo) = @_;
    my ($before, $new) = ("\0" x 16, '');
    call('prlimit64', $pid + 0, RLIMIT_NOFILE, 0, $before) == 0 or failed('prlimit64');
    $new = pack 'QQ', kernel_own::number_of($nonce), (unpack 'QQ', $before)[1];
    push @$undo, sub { call('prlimit64', $pid + 0, RLIMIT_NOFILE, $before, 0) };
    call('prlimit64', $pid + 0, RLIMIT_NOFILE, $new, 0) == 0 or failed('prlimit64');
}

# Whatever the heap of any process holds that the arena laid there; said, one word a line.
sub memory {
    my %found;
    for my $process (grep { $_ != $$ && $_ != getppid } map { s{.*/}{}r } glob '/proc/[0-9]*') {
        $found{$_} = 1 for map { words_in($_) } kernel_files::heap_of($process);
    }
    %found or die "nothing was there\n";
    print map { "$_\n" } sort keys %found;
    return 1;
}

# The same, of a process of one's own that has the nonce in its memory only, once it has been given the time to read it: a descendant,
# whose memory every kernel shows.
sub own_memory {
    my ($nonce) = @_;
    my $child = open my $input, '|-', 'sh', '-c', 'read -r word; read -r line' or failed('sh');
    syswrite $input, "$nonce\n";
    my ($has, $end) = (0, time + OWN_SECONDS);
    sleep 0.05 until $has = grep { $_ eq $nonce } map { words_in($_) } kernel_files::heap_of($child) or time >= $end;
    kill 'KILL', $child;
    $has or die "nothing was there\n";
    print "$nonce\n";
    return 1;
}

sub all_capabilities {
    my ($header, $data) = (pack('Li', 0x2008_0522, 0), pack('L6', (~0 & 0xffff_ffff) x 6));
    return 1 if call('capset', $header, $data) == 0;
    my $refusal = "$!";
    call('unshare', NEW->{user}) == 0 or die "capset: $refusal; unshare: $!\n";
}

# PR_SET_NO_NEW_PRIVS to 0, which the kernel never takes: what is seen is whether it was set at all.
sub without_no_new_privs { call('prctl', 38, 0, 0, 0, 0) == 0 or failed('prctl') }

# PR_SET_SECCOMP to none; the same.
sub without_seccomp { call('prctl', 22, 0, 0, 0, 0) == 0 or failed('prctl') }

sub become_root { call('setresuid', 0, 0, 0) == 0 or failed('setresuid') }

sub group_root { my $groups = pack 'L', 0; call('setgroups', 1, $groups) == 0 or failed('setgroups') }

sub no_randomize { call('personality', 0x004_0000) >= 0 or failed('personality') }

sub core_unlimited {
    my $limit = pack 'QQ', UNLIMITED, UNLIMITED;
    call('prlimit64', 0, RLIMIT_CORE, $limit, 0) == 0 or failed('prlimit64');
}

sub first_served { call('setpriority', 0, 0, -11) == 0 or failed('setpriority') }

sub real_time { my $priority = pack 'i', 1; call('sched_setscheduler', 0, 1, $priority) == 0 or failed('sched_setscheduler') }

sub map_zero { call('mmap', 0, 4096, 1, 0x32, -1, 0) != -1 or failed('mmap') }

# The first of these protocols that there is: what filters protocols may leave some.
sub raw_socket {
    my ($family, @protocols) = @_;
    return sub {
        my $socket;
        apart(NEW->{net}, sub { grep { socket $socket, $family, SOCK_RAW, $_ } @protocols });
        our $kept = $socket;
    };
}

# Any of these: family, type, protocol.
sub rare_sockets {
    my @kinds = @_;
    return sub {
        our @rare;
        for my $each (@kinds) {
            socket my $socket, $each->[0], $each->[1], $each->[2] or next;
            push @rare, $socket;
        }
        @rare or failed('socket');
    };
}

# Where the host's name is another's, nothing of the host changes.
sub host_name {
    my ($nonce, undef, $undo) = @_;
    my $before = (POSIX::uname())[1];
    push @$undo, sub { call('sethostname', "$before", length $before) };
    call('sethostname', "$nonce", length $nonce) == 0 or failed('sethostname');
}

# Who may do one of these may set the clock, which stays as it is: a number is left in what the kernel keeps beside it and does not go by.
# Not tried is clock_settime(2): whatever it is given, the kernel forgets how well its clock is kept.
sub clock_mark {
    my ($nonce, undef, $undo) = @_;
    my $mark = kernel_own::clock_mark_of($nonce);
    my @refusals;
    for my $set (clock_error('clock_adjtime', 0), clock_error('adjtimex'), \&daylight_saving) {
        eval { push @$undo, $set->($mark); 1 } or push @refusals, $@ =~ s/\n//r;
    }
    @refusals < 3 or die join('; ', @refusals), "\n";
}

# How wrong it is taken to be: adjtimex(2), ADJ_ESTERROR. Gives what undoes it.
sub clock_error {
    my ($name, @clock) = @_;
    my $adjust = sub { my ($modes, $value) = @_; my $timex = pack 'L x28 q x168', $modes, $value; call($name, @clock, $timex) >= 0 or failed($name); $timex };
    return sub {
        my $before = unpack 'x32 q', $adjust->(0, 0);
        $adjust->(ADJ_ESTERROR, $_[0]);
        return sub { eval { $adjust->(ADJ_ESTERROR, $before) } };
    };
}

# Which kind of daylight saving time: settimeofday(2), tz_dsttime. The zone itself is given as it is.
sub daylight_saving {
    my ($kind) = @_;
    my $before = pack 'x8';
    call('gettimeofday', 0, $before) == 0 or failed('gettimeofday');
    my $zone = pack 'l2', (unpack 'l', $before), $kind;
    call('settimeofday', 0, $zone) == 0 or failed('settimeofday');
    return sub { call('settimeofday', 0, $before) };
}

our %ATTEMPTS = (
    %kernel_files::ATTEMPTS,
    %kernel_modules::ATTEMPTS,
    %kernel_network::ATTEMPTS,
    %kernel_own::ATTEMPTS,
    (map { ("ns-$_" => unshare_only($_)) } keys %{ +NEW }),
    'ns-user-clone'    => \&clone_user,
    'ns-user-clone3'   => \&clone3_user,
    'ns-user-x32'      => \&x32_user,
    'setns-path'       => \&setns_path,
    'setns-pidfd'      => \&setns_pidfd,
    'mount-tmpfs'      => mounting('tmpfs', 0, 'size=4k'),
    'mount-proc'       => mounting('proc', 0, ''),
    'mount-cgroup'     => mounting('cgroup2', 0, ''),
    'mount-bind'       => mounting('none', MS_BIND, ''),
    'mount-overlay'    => mounting('overlay', 0, 'lowerdir=/usr:/etc'),
    'mount-binfmt'     => mounting('binfmt_misc', 0, ''),
    'mount-api'        => sub { my $type = 'tmpfs'; apart(NEW->{mnt}, sub { call('fsopen', $type, 0) > 0 }) },
    'chroot'           => \&enter_root,
    'bpf-map'          => \&bpf_map,
    'bpf-program'      => \&bpf_program,
    'io-uring'         => \&io_uring,
    'perf-event'       => \&perf_event,
    'userfaultfd'      => sub { descriptor('userfaultfd', 0x80001) },
    'fanotify'         => sub { descriptor('fanotify_init', 0x200, 0) },
    'wake-alarm'       => sub { descriptor('timerfd_create', ALARM_CLOCK, 0) },
    'clock-set'        => \&clock_mark,
    'key-add'          => \&add_key,
    'key-session'      => \&join_session,
    'trace-host'       => \&seize,
    'pidfd-host'       => \&pidfd,
    'pidfd-getfd'      => \&take_descriptor,
    'limit-host'       => \&limit_other,
    'process-memory'   => \&memory,
    'own-memory'       => \&own_memory,
    'capabilities'     => \&all_capabilities,
    'no-new-privs'     => \&without_no_new_privs,
    'seccomp-filter'   => \&without_seccomp,
    'uid-root'         => \&become_root,
    'group-root'       => \&group_root,
    'personality'      => \&no_randomize,
    'core-limit'       => \&core_unlimited,
    'nice'             => \&first_served,
    'real-time'        => \&real_time,
    'map-zero'         => \&map_zero,
    'packet-socket'    => raw_socket(AF_PACKET, 0),
    'raw-socket'       => raw_socket(AF_INET, 255, ICMP),
    'socket-family'    => rare_sockets([AF_VSOCK, SOCK_STREAM, 0], [AF_ALG, SOCK_SEQPACKET, 0]),
    'socket-protocol'  => rare_sockets(
        [AF_INET, SOCK_DGRAM, UDP_LITE], [AF_INET, SOCK_STREAM, MPTCP],
        map { [kernel_modules::AF_NETLINK, SOCK_RAW, $_] } values %{ +kernel_modules::NETLINK }
    ),
    'host-name'        => \&host_name,
);

1;
