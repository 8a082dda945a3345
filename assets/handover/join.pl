# From outside, into the network that was made for another process. Needs perl-base, and fds.pl beside it.
use strict;
use warnings;

use constant { CLONE_NEWUSER => 0x10000000, CLONE_NEWNET => 0x40000000 };
use constant { NS_GET_USERNS => 0xb701, NS_GET_OWNER_UID => 0xb704 };    # ioctl_nsfs(2)
use constant { NOBODY => 65534, PR_SET_NO_NEW_PRIVS => 38 };
# By it who cleans up knows a process of ours: src/host/user.ts.
use constant OPENER => 1_879_100_003;

# The owner of the network is asked from the kernel: with --disable-userns the process itself is in a user namespace
# further in, which has no power over the network.
sub namespaces_of {
    my ($pid, $expected) = @_;
    my $pidfd = syscall number_of('pidfd_open'), $pid + 0, 0;
    die "process $pid: $!\n" if $pidfd < 0;
    open my $network, '<', "/proc/$pid/ns/net" or die "network of process $pid: $!\n";
    my @own = stat '/proc/self/ns/net';
    my $inode = (stat $network)[1];
    die "process $pid has no network of its own\n" if $own[1] == $inode;
    die "the network of process $pid is net:[$inode], not $expected\n" if defined $expected && $expected ne "net:[$inode]";
    # What was opened by number is this process's only if it lives still: nobody else had the number meanwhile.
    syscall(number_of('pidfd_send_signal'), $pidfd, 0, 0, 0) == 0 or die "process $pid: $!\n";
    my $owner = ioctl $network, NS_GET_USERNS, 0 or die "owner of the network of process $pid: $!\n";
    open my $user, '<&=', $owner or die "user namespace: $!\n";
    return { pidfd => $pidfd, network => $network, user => $user };
}

# Root does not stay root. The owner of a user namespace has all power in it, and none outside; an engine's networks are
# mostly root's own, in no other user namespace: those are joined as root, and whoever is inside then is a user who has nothing.
sub enter {
    my ($bottle) = @_;
    my $owner = $> == 0 ? owner_of($bottle->{user}) : $>;
    become($owner) if $> == 0 && $owner != 0;
    join_namespace($bottle, user    => CLONE_NEWUSER) if $owner != 0;
    join_namespace($bottle, network => CLONE_NEWNET);
    become(OPENER) if $> == 0 && $owner == 0;
}

sub owner_of {
    my ($namespace) = @_;
    my $uid = pack 'L', 0;
    ioctl $namespace, NS_GET_OWNER_UID, $uid or die "owner of the user namespace: $!\n";
    return unpack 'L', $uid;
}

# For good: the saved ids too, and no program with more rights.
sub become {
    my ($uid) = @_;
    require POSIX;
    $) = NOBODY . ' ' . NOBODY;    # setgroups(2), then setegid(2)
    POSIX::setgid(NOBODY);
    POSIX::setuid($uid);
    die "cannot become user $uid\n" if $< != $uid || $> != $uid || $( + 0 != NOBODY || $) ne NOBODY . ' ' . NOBODY;
    POSIX::setuid(0) || POSIX::setgid(0) and die "could become root again\n";
    syscall(number_of('prctl'), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
}

sub join_namespace {
    my ($bottle, $name, $kind) = @_;
    syscall(number_of('setns'), fileno $bottle->{$name}, $kind) == 0 or die "joining the $name namespace: $!\n";
}

1;
