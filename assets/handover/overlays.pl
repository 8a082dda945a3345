# On the host: lays a read-only overlay on folders of a bottle, before anything of the agent's runs. What is read stays the same, but
# each file has an inode of the overlay's: a Unix socket or FIFO below it leads to nobody outside, at whatever time it is made.
#
#   perl overlays.pl PID EMPTY PATH ...
#
# PID is the bottle's first process, EMPTY an empty folder in the bottle: without a layer to write to, the kernel asks for two.
use strict;
use warnings;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";
require "${here}mounts.pl";

# fsopen(2), fsconfig(2), fsmount(2), move_mount(2): the same numbers on every machine.
use constant { MOVE_MOUNT => 429, FSOPEN => 430, FSCONFIG => 431, FSMOUNT => 432, AT_FDCWD => -100 };
use constant { SET_STRING => 1, CREATE => 6, FROM_EMPTY_PATH => 4, RDONLY_NOSUID_NODEV => 1 | 2 | 4 };

my ($pid, $empty, @paths) = @ARGV;
join_mounts($pid);
lay($_) for @paths;

sub lay {
    my ($path) = @_;
    # Both have a meaning in the list of layers; no folder of a list of ours has one.
    die "$path: cannot be a layer of an overlay\n" if $path =~ /[:,\\]/;
    my ($type, $key, $layers, $nothing) = ('overlay', 'lowerdir', "$path:$empty", '');
    my $context = made($path, syscall FSOPEN, $type, 0);
    syscall(FSCONFIG, $context, SET_STRING, $key, $layers, 0) == 0 or die "overlay on $path: $!\n";
    syscall(FSCONFIG, $context, CREATE, 0, 0, 0) == 0 or die "overlay on $path: $!\n";
    my $mount = made($path, syscall FSMOUNT, $context, 0, RDONLY_NOSUID_NODEV);
    syscall(MOVE_MOUNT, $mount, $nothing, AT_FDCWD, $path, FROM_EMPTY_PATH) == 0 or die "overlay on $path: $!\n";
}

sub made {
    my ($path, $descriptor) = @_;
    die "overlay on $path: $!\n" if $descriptor < 0;
    return $descriptor;
}
