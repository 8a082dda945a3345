# System calls by name, on the two machines that bottles run on, and what several attempts need of them.
package kernel_calls;
use strict;
use warnings;
use Exporter 'import';
use POSIX ();
our @EXPORT = qw(call descriptor failed apart NEW own_dir unnamed places remove_traces words_in);

# Numbers: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
my %NUMBERS = (
    adjtimex           => [159, 171],
    add_key            => [248, 217],
    bpf                => [321, 280],
    capset             => [126, 91],
    clock_adjtime      => [305, 266],
    clone              => [56, 220],
    clone3             => [435, 435],
    eventfd2           => [290, 19],
    fanotify_init      => [300, 262],
    fsopen             => [430, 430],
    gettimeofday       => [96, 169],
    io_uring_setup     => [425, 425],
    keyctl             => [250, 219],
    memfd_create       => [319, 279],
    mknodat            => [259, 33],
    mmap               => [9, 222],
    mount              => [165, 40],
    name_to_handle_at  => [303, 264],
    open_by_handle_at  => [304, 265],
    perf_event_open    => [298, 241],
    personality        => [135, 92],
    pidfd_getfd        => [438, 438],
    pidfd_open         => [434, 434],
    prctl              => [157, 167],
    prlimit64          => [302, 261],
    process_vm_readv   => [310, 270],
    ptrace             => [101, 117],
    sched_setscheduler => [144, 119],
    setgroups          => [116, 159],
    sethostname        => [170, 161],
    setns              => [308, 268],
    setpriority        => [141, 140],
    setresuid          => [117, 147],
    settimeofday       => [164, 170],
    timerfd_create     => [283, 85],
    umount2            => [166, 39],
    unshare            => [272, 97],
    userfaultfd        => [323, 282],
);
my $column = (POSIX::uname())[4] eq 'x86_64' ? 0 : 1;

# clone(2): CLONE_NEW*.
use constant NEW => {
    time => 0x80, mnt => 0x2_0000, cgroup => 0x200_0000, uts => 0x400_0000,
    ipc => 0x800_0000, user => 0x1000_0000, pid => 0x2000_0000, net => 0x4000_0000,
};

# What the call gives, -1 where it failed. Numbers are passed as numbers: perl passes a string as its address, and @_ has
# the caller's own strings, which the kernel may write to: perl takes no constant there.
sub call {
    my $name = shift;
    return syscall($NUMBERS{$name}[$column], @_);
}

sub failed { my ($what) = @_; die "$what: $!\n" }

# A descriptor, kept open by being handed up; or the end of the attempt.
sub descriptor {
    my ($name) = @_;
    my $fd = &call;
    $fd >= 0 or failed($name);
    return $fd;
}

# Runs this plainly; where that fails, once more in namespaces of its own, in which a process has all capabilities.
sub apart {
    my ($flags, $make) = @_;
    my $plainly = $make->();
    return $plainly if $plainly;
    my $refusal = "$!";
    call('unshare', NEW->{user} | $flags) == 0 or die "$refusal; unshare: $!\n";
    if ($flags & NEW->{pid}) {
        # A new namespace of processes begins with the next one.
        my $child = fork // failed('fork');
        if ($child) { waitpid $child, 0; die "ended\n" }
    }
    return $make->() || failed('in a namespace of its own');
}

# Folders that may be written to, the likely ones first.
sub places { grep { -d $_ && -w _ } '/tmp', '/dev/shm', '/work', '/home/agent', '/var/tmp', '/dev', '/run' }

# A folder with the nonce for a name.
sub own_dir {
    my ($nonce) = @_;
    for my $place (places()) {
        my $dir = "$place/$nonce";
        next if !-d $dir && !mkdir $dir;
        return $dir;
    }
    die "there is no place to write to\n";
}

# A path beside that folder, without the nonce in it.
sub unnamed { my ($nonce) = @_; my ($place) = own_dir($nonce) =~ m{^(.*)/}; return "$place/" . reverse $nonce }

# Removes what attempts have made in folders; by the process that is in no namespace of its own.
sub remove_traces {
    my ($nonce) = @_;
    for my $path (map { "$_/$nonce" } places()) {
        unlink "$path-node", "$path/by-handle", $path =~ s{[^/]+$}{reverse $&}er;
        rmdir $path;
    }
}

# The words of the arena in what was read.
sub words_in { my %seen; return grep { !$seen{$_}++ } $_[0] =~ /bb[nl][0-9a-f]{24}/g }

1;
