# What a process of ours on the host gives up before it does anything for a bottle.
use strict;
use warnings;
use POSIX ();

# Descriptors that the launcher's own parent left open: they must not reach a bottle, nor be held open for as long as one runs.
sub close_above {
    my ($last) = @_;
    opendir my $open, '/proc/self/fd' or die "/proc/self/fd: $!\n";
    my @above = grep { /^\d+$/ && $_ > $last } readdir $open;
    closedir $open;
    POSIX::close($_) for @above;
}

# "UID:GID": root becomes them and keeps no group besides; anybody else must be them already. Dies where it is not so.
sub become_owner {
    my ($uid, $gid) = $_[0] =~ /^(\d+):(\d+)$/ or die "not UID:GID: $_[0]\n";
    die "a bottle never belongs to root\n" if $uid == 0;
    if ($> == 0) {
        $) = "$gid $gid";    # setgroups(2), then setegid(2)
        POSIX::setgid($gid);
        POSIX::setuid($uid);
        die "groups are left: $)\n" if $) ne "$gid $gid";
    }
    die "cannot become $_[0]\n" if $< != $uid || $> != $uid || $( + 0 != $gid;
    POSIX::setuid(0) and die "could become root again\n";
}

1;
