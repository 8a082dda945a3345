# What a process in a machine that has pipes alone gives up before it becomes a program that is not ours. The runtime gives every
# program the capabilities of the whole container, and has no no-new-privileges: both are done here.
use strict;
use warnings;
use POSIX ();

# prctl(2), capabilities(7).
use constant { PR_CAPBSET_DROP => 24, PR_SET_NO_NEW_PRIVS => 38, PR_CAP_AMBIENT => 47, CLEAR_ALL => 4, LAST_CAPABILITY => 63 };
use constant CAPABILITY_VERSION_3 => 0x20080522;

# For good: ids, groups, capabilities of every set, and whatever a program could gain by being started.
sub give_up {
    my ($uid, $gid) = @_;
    for my $capability (0 .. LAST_CAPABILITY) {
        next if syscall(number_of('prctl'), PR_CAPBSET_DROP, $capability, 0, 0, 0) == 0;
        last if $!{EINVAL};    # the kernel knows no more of them
        die "bounding set: $!\n";
    }
    syscall(number_of('prctl'), PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0) == 0 || $!{EINVAL} && !has_ambient_set() or die "ambient set: $!\n";
    $) = "$gid $gid";          # setgroups(2), then setegid(2)
    POSIX::setgid($gid);
    POSIX::setuid($uid);
    my $header = pack 'L l', CAPABILITY_VERSION_3, 0;
    my $none   = pack 'L6', (0) x 6;
    syscall(number_of('capset'), $header, $none) == 0 or die "capset: $!\n";
    syscall(number_of('prctl'), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
    die "cannot become $uid:$gid\n" if $< != $uid || $> != $uid || $( + 0 != $gid || $) ne "$gid $gid";
    return;
}

# A kernel without one refuses to clear it, and does not show it: Linux before 4.3, gVisor.
sub has_ambient_set {
    open my $status, '<', '/proc/self/status' or die "/proc/self/status: $!\n";
    return scalar grep { /^CapAmb:/ } <$status>;
}

1;
