# Ways in which any process may have the kernel load a module by itself (request_module). Those that are loaded so do nothing
# until an administrator sets them up, and no process of a host could not have had them anyhow. They stay when it ends.
package kernel_modules;
use strict;
use warnings;
use Fcntl;
use Socket;
use kernel_calls;

# <linux/netlink.h>. None of them but ROUTE is for programs that are no administrator's tools.
use constant AF_NETLINK => 16;
use constant NETLINK => { SOCK_DIAG => 4, XFRM => 6, NETFILTER => 12, KOBJECT_UEVENT => 15, GENERIC => 16 };
# <linux/sock_diag.h>, <linux/genetlink.h>: SOCK_DIAG_BY_FAMILY; CTRL_CMD_GETFAMILY and CTRL_ATTR_FAMILY_NAME of GENL_ID_CTRL.
use constant { BY_FAMILY => 20, CONTROLLER => 16, GET_FAMILY => 3, FAMILY_NAME => 2 };
# <linux/sockios.h>, ioctl_tty(2), <linux/tty.h>: N_PPS.
use constant { SIOCGIFBR => 0x8940, TIOCSETD => 0x5423, PULSES => 18, AF_ALG => 38 };

# Sends a message and waits for the answer: by then the kernel has done what it was asked for.
sub ask {
    my ($protocol, $type, $body) = @_;
    socket my $socket, AF_NETLINK, SOCK_RAW, NETLINK->{$protocol} or return;
    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'qq', 2, 0;
    my $message = pack 'L S S L L a*', 16 + length $body, $type, 1, 1, 0, $body;
    send($socket, $message, 0, pack 'S S L L', AF_NETLINK, 0, 0, 0) or return;
    return defined recv $socket, my $answer, 4096, 0;
}

# Of the datagram sockets of IPv4, which `ss` asks about.
sub sockets_shown { ask('SOCK_DIAG', BY_FAMILY, pack 'C C x2 L x48', AF_INET, 17, 0xffff_ffff) }

# A family of generic netlink by name.
sub family_found { my $name = "NET_DM\0"; ask('GENERIC', CONTROLLER, pack 'C C x2 S S a8', GET_FAMILY, 1, 4 + length $name, FAMILY_NAME, $name) }

sub netlink_of { my ($protocol) = @_; return sub { socket my $socket, AF_NETLINK, SOCK_RAW, NETLINK->{$protocol} } }

# A pair is not made; the family is loaded first.
sub pair { socketpair my $one, my $other, AF_ALG, SOCK_SEQPACKET, 0 or $!{EOPNOTSUPP} }

# Asked about no bridge; any socket does.
sub bridges {
    socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or return;
    my $question = pack 'x24';
    return ioctl($socket, SIOCGIFBR, $question) || !refused();
}

# How a terminal of one's own takes its lines.
sub discipline {
    sysopen my $terminal, '/dev/ptmx', O_RDWR | O_NOCTTY or return;
    my $wanted = pack 'i', PULSES;
    return ioctl($terminal, TIOCSETD, $wanted) || !refused();
}

# Of no device: nothing is mounted.
sub file_system {
    my ($none, $place, $type) = ('none', '/', 'romfs');
    my $mounts = sub { call('mount', $none, $place, $type, 1, 0) == 0 || !refused() };
    return eval { apart(NEW->{mnt}, $mounts) };
}

sub refused { return $!{EPERM} || $!{EACCES} || $!{ENOSYS} }

# All of them; the last one leaves the namespaces.
sub request_all {
    my @ways = (\&sockets_shown, \&family_found, netlink_of('XFRM'), netlink_of('NETFILTER'), \&pair, \&bridges, \&discipline, \&file_system);
    my $asked = grep { $_->() } @ways;
    $asked or failed('nothing was asked of it');
}

our %ATTEMPTS = ('module-by-request' => \&request_all);

1;
