# In a machine without an interface, as root there, started by the engine's client, with which it has pipes: the way of the machine's
# streams out (mux.pl). Where it is told to, it closes the machine (close.pl), whose programs reach the gateway by sockets that this one has.
#
#   perl link.pl OPTIONS            (closing_options in close.pl; the folder of --sockets is made)
#
# Its end is the machine's: nothing goes out any more, and the first program is told (stay.pl).
use strict;
use warnings;
use POSIX ();
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/checks.pl";
require "${here}../handover/ports.pl";
require "${here}../attached/close.pl";
require "${here}mux.pl";

my $option = closing_options(@ARGV);
$SIG{PIPE} = 'IGNORE';
mkdir $option->{sockets}, 0700 or die "$option->{sockets}: $!\n";
my %listener = map { $_->{name} => listen_at("$option->{sockets}/$_->{name}") } grep { $_->{type} == SOCK_STREAM } gateway_ports();
my @watched;
eval {
    Mux::carry({
        in        => \*STDIN,
        out       => \*STDOUT,
        listeners => \%listener,
        watched   => \@watched,
        heed      => sub { my ($letter) = @_; $letter eq 'g' && !@watched ? push @watched, closing() : die "an unknown frame\n" },
    });
    1;
} or print STDERR "the machine's way out: $@";
kill 'USR1', 1;
exit 0;

sub listen_at {
    my ($path) = @_;
    socket my $listener, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
    bind $listener, pack_sockaddr_un($path) and listen $listener, SOMAXCONN or die "$path: $!\n";
    return $listener;
}

# In a process of its own: the checks go out by this one. What carries the machine's connections stays, and has its end of the pipe.
sub closing {
    pipe my $said, my $say or die "pipe: $!\n";
    my $pid = fork // die "no further process: $!\n";
    if ($pid == 0) {
        close $_ for $said, values %listener;
        open STDIN, '<', '/dev/null' and open STDOUT, '>', '/dev/null' or POSIX::_exit(1);
        write_all($say, pack 'a N/a*', closed($option));
        POSIX::_exit(0);
    }
    close $say;
    my $word = '';
    return { handle => $said, heard => sub { return is_more($said, \$word) } };
}

sub is_more {
    my ($said, $word) = @_;
    my $got = sysread $said, $$word, 65536, length $$word;
    my ($letter, $length) = length $$word >= 5 ? unpack 'a N', $$word : ('n', 0);
    return 1 if $got && (length $$word < 5 || length $$word < 5 + $length);
    Mux::send_frame($letter, 0, $got ? substr $$word, 5, $length : 'what closes the machine has ended');
    return 0;
}
