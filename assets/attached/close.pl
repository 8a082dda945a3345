# Closes a machine that has no interface, from inside, before anything of the agent's runs: opens the gateway's ports on loopback, has
# relay.pl carry what comes there to the gateway's sockets, and proves that nothing else can be reached. Needs handover/fds.pl,
# handover/checks.pl and handover/ports.pl.
use strict;
use warnings;
use POSIX ();
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}confine.pl";
require "${here}inside.pl";
require "${here}relay.pl";

use constant DEADLINE_S => 20;

# --bottle ID --address 127.200.0.1 --sockets FOLDER --home FOLDER --owner UID:GID [--deny ADDRESS:PORT ...]
# [--place PATH:ro|rw|tmpfs ...] [--capability NAME ...]
sub closing_options {
    my %option = (deny => [], place => [], capability => []);
    while (defined(my $name = shift)) {
        if    ($name =~ /^--(deny|place|capability)$/)             { push @{ $option{$1} }, shift // '' }
        elsif ($name =~ /^--(bottle|address|sockets|home|owner)$/) { $option{$1} = shift // '' }
        else                                                       { die "unknown option: $name\n" }
    }
    for my $name (qw(bottle address sockets home owner)) { die "--$name is missing\n" if !defined $option{$name} }
    return \%option;
}

# Gives a frame, a letter, a length of four bytes, and that many bytes: `l` and the launch checks, as JSON, or `n` and why there are none.
sub closed {
    my ($option) = @_;
    local $SIG{ALRM} = sub { die 'not ready within ' . DEADLINE_S . " s\n" };
    my $checks = eval { alarm DEADLINE_S; close_machine($option) };
    my $reason = $@;
    alarm 0;
    chomp $reason;
    return defined $checks ? ('l', $checks) : ('n', $reason);
}

sub close_machine {
    my ($option) = @_;
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
    close $_ for values %opened;    # nobody waits at a port whose carrier has ended
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

# As a machine's first program: SIGTERM is for the agent's programs, and its orphans are this one's.
sub serve_as_first {
    my ($owner) = @_;
    my ($uid) = split /:/, $owner;
    $SIG{TERM} = $SIG{INT} = sub { kill 'TERM', processes_of($uid) };
    $SIG{CHLD} = sub { 1 while waitpid(-1, POSIX::WNOHANG()) > 0 };
}

sub processes_of {
    my ($uid) = @_;
    return grep { ((stat "/proc/$_")[4] // -1) == $uid } map { m{^/proc/(\d+)$} ? $1 : () } glob '/proc/[0-9]*';
}

1;
