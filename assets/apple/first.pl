# In a bottle of Apple's container, as its first program, which is root there: opens the gateway's ports on loopback, has
# relay.pl carry what comes to the sockets that are mounted, proves from inside that nothing else can be reached, and then
# serves the one session of the agent's (session.pl). Nothing of the agent's or the image's runs before.
#
#   perl first.pl --bottle ID --address 127.200.0.1 --sockets FOLDER --home FOLDER --owner UID:GID [--deny ADDRESS:PORT ...]
#       [--place PATH:ro|rw|tmpfs ...] [--capability NAME ...]
#
# Standard output carries frames, a letter, a length of four bytes, and that many bytes: `l` the launch checks, as JSON, or `n`
# and why there are none; then those of a session.
use strict;
use warnings;
use POSIX ();
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/checks.pl";
require "${here}confine.pl";
require "${here}inside.pl";
require "${here}relay.pl";
require "${here}session.pl";

use constant DEADLINE_S => 20;

my @PORTS = (
    { name => 'proxy',  type => SOCK_STREAM, port => 3128 },
    { name => 'http',   type => SOCK_STREAM, port => 80 },
    { name => 'https',  type => SOCK_STREAM, port => 443 },
    { name => 'dnsTcp', type => SOCK_STREAM, port => 53 },
    { name => 'dnsUdp', type => SOCK_DGRAM,  port => 53 },
);

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
serve_session({ owner => $option->{owner}, is_main => 1 });

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
    my %opened = map { $_->{name} => open_port($_) } @PORTS;
    my $pid = fork // die "no further process: $!\n";
    if ($pid == 0) {
        eval { carry(\%opened, $option->{sockets}) };
        POSIX::_exit(1);
    }
    my %wanted = (bottle => $option->{bottle}, address => $option->{address}, sockets => \@PORTS, deny => $option->{deny});
    return '[' . join(',', @inside, launch_checks(\%wanted)) . ']';
}

sub open_port {
    my ($wanted) = @_;
    my $where = "$option->{address}:$wanted->{port}";
    socket my $socket, AF_INET, $wanted->{type}, 0 or die "socket: $!\n";
    bind $socket, pack_sockaddr_in($wanted->{port}, inet_aton($option->{address})) or die "$where: $!\n";
    $wanted->{type} == SOCK_DGRAM or listen $socket, SOMAXCONN or die "$where: $!\n";
    return $socket;
}

# In a process of its own, which has nothing but these sockets.
sub carry {
    my ($opened, $folder) = @_;
    open STDIN, '<', '/dev/null' and open STDOUT, '>', '/dev/null' or die "/dev/null: $!\n";
    give_up(0, 0);
    relay($opened, $folder);
}
