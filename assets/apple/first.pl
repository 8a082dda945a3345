# In a bottle of Apple's container, as its first program, which is root there: opens the gateway's ports on loopback, has
# relay.pl carry what comes to the sockets that are mounted, and proves from inside that nothing else can be reached. Then it stays
# until its standard input ends, and all of the bottle with it. Nothing of the agent's runs before, and of the image's its perl. The agent is
# no program of this one's: what a container's first program prints, the runtime keeps in a file of the host's without a bound.
#
#   perl first.pl --bottle ID --address 127.200.0.1 --sockets FOLDER --home FOLDER --owner UID:GID [--deny ADDRESS:PORT ...]
#       [--place PATH:ro|rw|tmpfs ...] [--capability NAME ...]
#
# Standard output carries one frame, a letter, a length of four bytes, and that many bytes: `l` the launch checks, as JSON, or `n`
# and why there are none.
use strict;
use warnings;
use POSIX ();
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/checks.pl";
require "${here}../handover/ports.pl";
require "${here}confine.pl";
require "${here}inside.pl";
require "${here}relay.pl";

use constant DEADLINE_S => 20;

my $option = options(@ARGV);
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { die 'not ready within ' . DEADLINE_S . " s\n" };
my $checks = eval { alarm DEADLINE_S; prepare() };
alarm 0;
if (!defined $checks) {
    my $reason = $@;
    chomp $reason;
    write_all(\*STDOUT, pack 'a N/a*', 'n', $reason);
    exit 1;
}
write_all(\*STDOUT, pack 'a N/a*', 'l', $checks);
stay();

# SIGTERM is for the agent's programs. Orphans of the bottle are this one's.
sub stay {
    my ($uid) = split /:/, $option->{owner};
    $SIG{TERM} = $SIG{INT} = sub { kill 'TERM', processes_of($uid) };
    $SIG{CHLD} = sub { 1 while waitpid(-1, POSIX::WNOHANG()) > 0 };
    while (1) {
        my $got = sysread STDIN, my $unheard, 4096;
        exit 0 if defined $got ? $got == 0 : !$!{EINTR};
    }
}

sub processes_of {
    my ($uid) = @_;
    return grep { (stat "/proc/$_")[4] == $uid } map { m{^/proc/(\d+)$} ? $1 : () } glob '/proc/[0-9]*';
}

sub options {
    my %option = (deny => [], place => [], capability => []);
    while (defined(my $name = shift)) {
        if    ($name =~ /^--(deny|place|capability)$/)             { push @{ $option{$1} }, shift // '' }
        elsif ($name =~ /^--(bottle|address|sockets|home|owner)$/) { $option{$1} = shift // '' }
        else                                                       { die "unknown option: $name\n" }
    }
    for my $name (qw(bottle address sockets home owner)) { die "--$name is missing\n" if !defined $option{$name} }
    return \%option;
}

sub prepare {
    my @inside = inside_checks({ places => $option->{place}, capabilities => $option->{capability} });
    my ($uid, $gid) = split /:/, $option->{owner};
    chmod 0700, $option->{home} or die "$option->{home}: $!\n";    # while it is still root's
    chown $uid, $gid, $option->{home} or die "$option->{home}: $!\n";
    my %opened = map { $_->{name} => open_port($option->{address}, $_) } gateway_ports();
    my $pid = fork // die "no further process: $!\n";
    if ($pid == 0) {
        eval { carry(\%opened, $option->{sockets}) };
        print STDERR "what carries the bottle's connections has ended: $@";
        POSIX::_exit(1);
    }
    my %wanted = (bottle => $option->{bottle}, address => $option->{address}, sockets => [gateway_ports()], deny => $option->{deny});
    return '[' . join(',', @inside, launch_checks(\%wanted)) . ']';
}

# In a process of its own, which has nothing but these sockets.
sub carry {
    my ($opened, $folder) = @_;
    open STDIN, '<', '/dev/null' and open STDOUT, '>', '/dev/null' or die "/dev/null: $!\n";
    give_up(0, 0);
    $SIG{TERM} = $SIG{INT} = 'DEFAULT';
    relay($opened, $folder);
}
