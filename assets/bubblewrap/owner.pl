# Giving up root for good.
use strict;
use warnings;
use POSIX ();

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
