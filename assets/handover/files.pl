# On the host: bounds how many files there may be in folders of a bottle that are a tmpfs each, before anything of the agent's runs.
#
#   perl files.pl PID PATH=MOST ...
#
# PID is the bottle's first process. Its mounts are joined as their owner, who has all power over them and none outside.
use strict;
use warnings;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}fds.pl";
require "${here}mounts.pl";

# fspick(2), fsconfig(2): the same numbers on every machine. What is not named stays as it is.
use constant { FSCONFIG => 431, FSPICK => 433, SET_STRING => 1, RECONFIGURE => 7, AT_FDCWD => -100 };

my ($pid, @places) = @ARGV;
join_mounts($pid);
bound(split /=(?=\d+$)/) for @places;

sub bound {
    my ($path, $most) = @_;
    my ($key, $value) = ('nr_inodes', "$most");
    my $picked = syscall FSPICK, AT_FDCWD, $path, 0;
    die "$path: $!\n" if $picked < 0;
    syscall(FSCONFIG, $picked, SET_STRING, $key, $value, 0) == 0 or die "$path: nr_inodes: $!\n";
    syscall(FSCONFIG, $picked, RECONFIGURE, 0, 0, 0) == 0 or die "$path: $!\n";
}
