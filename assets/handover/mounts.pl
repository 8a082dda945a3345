# Joins the mounts of a bottle, of whose first process this is the id, as their owner: who has all power over them and none outside.
use strict;
use warnings;

use constant { CLONE_NEWUSER => 0x10000000, CLONE_NEWNS => 0x20000, NS_GET_USERNS => 0xb701 };    # ioctl_nsfs(2)

sub join_mounts {
    my ($pid) = @_;
    open my $mounts, '<', "/proc/$pid/ns/mnt" or die "mounts of process $pid: $!\n";
    my $owner = ioctl $mounts, NS_GET_USERNS, 0 or die "owner of the mounts of process $pid: $!\n";
    open my $user, '<&=', $owner or die "user namespace: $!\n";
    die "process $pid has no mounts of its own\n" if inode_of($mounts) == inode_of('/proc/self/ns/mnt');
    # An engine's containers are mostly in no user namespace of their own.
    enter($user, CLONE_NEWUSER) if inode_of($user) != inode_of('/proc/self/ns/user');
    enter($mounts, CLONE_NEWNS);
}

sub inode_of { return (stat $_[0])[1] }

sub enter {
    my ($namespace, $kind) = @_;
    syscall(number_of('setns'), fileno $namespace, $kind) == 0 or die "setns: $!\n";
}

1;
