# On the host: bounds how many files there may be in folders of a bottle that are a tmpfs each, before anything of the agent's runs.
#
#   perl files.pl PID PATH=MOST ...
#
# PID is the bottle's first process. Its mounts are joined as their owner, who has all power over them and none outside.
use strict;
use warnings;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";

use constant { CLONE_NEWUSER => 0x10000000, CLONE_NEWNS => 0x20000, NS_GET_USERNS => 0xb701 };    # ioctl_nsfs(2)
# fspick(2), fsconfig(2): the same numbers on every machine. What is not named stays as it is.
use constant { FSCONFIG => 431, FSPICK => 433, SET_STRING => 1, RECONFIGURE => 7, AT_FDCWD => -100 };

my ($pid, @places) = @ARGV;
open my $mounts, '<', "/proc/$pid/ns/mnt" or die "mounts of process $pid: $!\n";
my $owner = ioctl $mounts, NS_GET_USERNS, 0 or die "owner of the mounts of process $pid: $!\n";
open my $user, '<&=', $owner or die "user namespace: $!\n";
die "process $pid has no mounts of its own\n" if inode_of($mounts) == inode_of('/proc/self/ns/mnt');
# An engine's containers are mostly in no user namespace of their own.
enter($user, CLONE_NEWUSER) if inode_of($user) != inode_of('/proc/self/ns/user');
enter($mounts, CLONE_NEWNS);
bound(split /=(?=\d+$)/) for @places;

sub inode_of { return (stat $_[0])[1] }

sub enter {
    my ($namespace, $kind) = @_;
    syscall(number_of('setns'), fileno $namespace, $kind) == 0 or die "setns: $!\n";
}

sub bound {
    my ($path, $most) = @_;
    my ($key, $value) = ('nr_inodes', "$most");
    my $picked = syscall FSPICK, AT_FDCWD, $path, 0;
    die "$path: $!\n" if $picked < 0;
    syscall(FSCONFIG, $picked, SET_STRING, $key, $value, 0) == 0 or die "$path: nr_inodes: $!\n";
    syscall(FSCONFIG, $picked, RECONFIGURE, 0, 0, 0) == 0 or die "$path: $!\n";
}
