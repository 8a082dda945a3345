# The launch checks of a bottle that has a network with its gateway: made from inside that network, on the bottle's own
# runtime, before anything of the agent's runs there. Needs perl-base and nothing else.
#
#   perl checks.pl --bottle ID --gateway ADDRESS [--engine pipelock] [--kernel own] --canary PORT:TOKEN --deny ADDRESS:PORT ...
#
# --kernel own: the runtime is a kernel of its own, and applies no setting that would keep IPv6 from an interface.
#
# One line of JSON for each check that holds, {id, claim, evidence}; the first that does not ends it, and stderr says why.
# Datagrams that only go out tell nothing here: they carry TOKEN to PORT, where the launcher listens on every address.
use strict;
use warnings;
use Errno;
use Fcntl;
use List::Util qw(max min);
use Time::HiRes qw(time);
use Socket qw(:DEFAULT inet_pton);
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}../handover/fds.pl";
require "${here}../handover/checks.pl";

use constant { SO_BINDTODEVICE => 25, PATIENCE_S => 5, CLOSED_PORT => 1 };
# Whoever answers is as near as the gateway is, and on the same processors: so many times as long as it took, within bounds.
use constant { CONTROL_S => 1, SILENCE_TIMES => 20, LEAST_SILENCE_S => 0.25, MOST_SILENCE_S => 1 };

$SIG{PIPE} = 'IGNORE';
my $option = options(@ARGV);
my $wanted = { bottle => $option->{bottle}, address => $option->{gateway} };

# What each gateway is asked first. A program of somebody else's knows no bottle, but is alone with it in this network.
my %GATEWAY = (
    'bot-bottle' => [
        [ 'gateway.answers', "the gateway answers inside, as this bottle's (control)", sub { patiently(\&gateway_answers, $wanted) } ],
        [ 'gateway.names',   'a name that is not allowed does not exist',              sub { name_denied($wanted) } ],
    ],
    pipelock => [
        [ 'gateway.answers', 'pipelock answers inside, and has the mode that was written for it (control)', sub { patiently(\&pipelock_answers) } ],
        [ 'gateway.refuses', 'pipelock refuses a name that is not allowed', sub { patiently(\&pipelock_refuses) } ],
    ],
);

my @CHECKS = (
    @{ $GATEWAY{ $option->{engine} } // die "unknown engine: $option->{engine}\n" },
    [ 'network.routes',  'no route leads out of the network',                      \&no_default_route ],
    [ 'network.addresses', 'no IPv6 address but ::1',                           \&no_ipv6 ],
    [ 'network.silence', 'nothing but the gateway answers (with control)',         \&silence ],
    [ 'network.machine', 'no socket leads to what runs a machine (with control)',  \&no_vsock ],
    [ 'network.oneway',  'datagrams were sent to whoever might hear',              \&call_out ],
);

$| = 1;
for (@CHECKS) {
    my ($id, $claim, $check) = @$_;
    my $evidence = eval { $check->() };
    if (!defined $evidence) {
        print STDERR "launch check $id failed: $@";
        exit 1;
    }
    printf "{\"id\":%s,\"claim\":%s,\"evidence\":%s}\n", map { json($_) } $id, $claim, $evidence;
}
exit 0;

sub options {
    my %option = (deny => [], engine => 'bot-bottle', kernel => 'shared');
    while (defined(my $name = shift)) {
        my $value = shift // die "$name needs a value\n";
        if    ($name eq '--deny')                      { push @{ $option{deny} }, $value }
        elsif ($name =~ /^--(bottle|gateway|engine|kernel|canary)$/) { $option{$1} = $value }
        else                                           { die "unknown option: $name\n" }
    }
    return \%option;
}

# GET /health as pipelock publishes it. What it runs by is read back here: the file may say what it likes.
sub pipelock_answers {
    my $answer = answer_to("GET /health HTTP/1.1\r\nHost: $option->{gateway}:3128\r\nConnection: close\r\n\r\n");
    die "not a healthy pipelock: $answer\n" if $answer !~ m{^HTTP/1\.[01] 200 } || $answer !~ /"status"\s*:\s*"healthy"/;
    my %wanted = (
        mode                     => '"strict"',
        forward_proxy_enabled    => 'true',
        websocket_proxy_enabled  => 'false',
        tls_interception_enabled => 'false',
        kill_switch_active       => 'false',
    );
    for my $key (sort keys %wanted) {
        my ($value) = $answer =~ /"$key"\s*:\s*("[^"]*"|\w+)/;
        die "$key is " . ($value // 'not said') . ", not $wanted{$key}\n" if ($value // '') ne $wanted{$key};
    }
    my ($version) = $answer =~ /"version"\s*:\s*"([^"]*)"/;
    return 'GET /health: strict, version ' . ($version // 'unknown');
}

sub pipelock_refuses {
    my $name = 'bot-bottle-launch-check.invalid:443';    # RFC 2606: exists nowhere
    my $answer = answer_to("CONNECT $name HTTP/1.1\r\nHost: $name\r\n\r\n");
    my ($status) = $answer =~ m{^HTTP/1\.[01] (\d+)};
    die "$name was not refused: $answer\n" if ($status // 0) != 403;
    return "CONNECT $name: 403";
}

sub answer_to {
    my ($request) = @_;
    my $peer = stream_to($option->{gateway}, 3128) or die "$option->{gateway}:3128: $!\n";
    write_all($peer, $request);
    my $answer = '';
    # No end is waited for where the status says all: a refused tunnel may leave the connection open.
    1 while $answer !~ m{^HTTP/1\.[01] [^2].*\r\n\r\n}s && sysread $peer, $answer, 4096, length $answer;
    return $answer;
}

# A network that has just been made may need a moment.
sub patiently {
    my ($check, @arguments) = @_;
    local $SIG{ALRM} = sub { die "no answer\n" };
    my ($evidence, $reason);
    my $until = time + PATIENCE_S;
    while (!defined $evidence && time < $until) {
        alarm PATIENCE_S;    # a packet that is dropped on its way would be waited for in connect
        $evidence = eval { $check->(@arguments) };
        $reason = $@;
        alarm 0;
        select undef, undef, undef, 0.05 if !defined $evidence;
    }
    return $evidence // die $reason;
}

sub no_default_route {
    my @defaults = grep { (split)[1] eq '00000000' } tail(1, table('route'));
    die "a default route: $defaults[0]\n" if @defaults;
    return 'no default route';
}

# What is left then is the address that every interface gives itself: the gateway, its one neighbour that may answer, has none.
sub no_ipv6 {
    return ipv6_addresses() if $option->{kernel} ne 'own';
    my @others = grep { !/^0{31}1 / && !/^fe80/ } table('if_inet6');
    die 'addresses: ' . join('; ', @others) . "\n" if @others;
    return 'none but ::1 and link-local ones';
}

# vsock(7) is in no network namespace: by it a program of a machine speaks to the host, past all networks.
sub no_vsock {
    my %family = (control => AF_INET, vsock => 40);
    socket my $control, $family{control}, SOCK_STREAM, 0 or die "the control cannot be opened: $!\n";
    my %refused;
    for my $type (SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET) {
        die "a socket of AF_VSOCK can be opened, of type $type\n" if socket my $socket, $family{vsock}, $type, 0;
        # Any other reason, such as too many open files, would say nothing of the family.
        grep { $!{$_} } qw(ENOSYS EPERM EACCES EAFNOSUPPORT ESOCKTNOSUPPORT ENODEV) or die "socket(AF_VSOCK): $!\n";
        $refused{"$!"} = 1;
    }
    return 'socket(AF_VSOCK): ' . join ', ', sort keys %refused;
}

sub devices { return (undef, grep { $_ ne 'lo' && !down($_) } interface_names()) }

sub down {
    my ($name) = @_;
    socket my $any, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    my $request = pack 'a16 s x22', $name, 0;
    return !ioctl($any, 0x8913, $request) || !((unpack 'x16 s', $request) & 1);
}

# Connected or refused: somebody is there. All at once, since silence takes its time.
sub silence {
    my $gateway = $option->{gateway};
    my $asked = time;
    my %heard = answers_of(CONTROL_S, "$gateway:3128", "$gateway:" . CLOSED_PORT);
    my $silence = max(LEAST_SILENCE_S, min(MOST_SILENCE_S, SILENCE_TIMES * (time - $asked)));
    die "the control does not connect\n"      if ($heard{"$gateway:3128"} // '') ne 'connected';
    die "the control does not see a refusal\n" if ($heard{ "$gateway:" . CLOSED_PORT } // '') ne 'refused';
    my %answered = answers_of($silence, @{ $option->{deny} });
    die join(', ', map { "$_ $answered{$_}" } sort keys %answered) . "\n" if %answered;
    return sprintf '%d addresses silent for %.2f s, with and without SO_BINDTODEVICE', scalar @{ $option->{deny} }, $silence;
}

sub answers_of {
    my ($patience_s, @targets) = @_;
    my %open;
    for my $target (@targets) {
        for my $device (devices()) {
            my $socket = begin_connect($target, $device) or next;
            $open{ fileno $socket } = [ $target, $socket ];
        }
    }
    my %answers;
    my $until = time + $patience_s;
    # Once more when the time is over: this process may have had no processor for all of it.
    for (my $is_over = 0; %open && !$is_over;) {
        $is_over = time >= $until;
        my $writable = '';
        vec($writable, $_, 1) = 1 for keys %open;
        select(undef, $writable, undef, $is_over ? 0 : 0.1) > 0 or next;
        for my $fd (grep { vec $writable, $_, 1 } keys %open) {
            my ($target, $socket) = @{ delete $open{$fd} };
            $! = unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR;
            $answers{$target} = 'connected' if $! == 0;
            $answers{$target} //= 'refused' if $!{ECONNREFUSED};
        }
    }
    return %answers;
}

sub begin_connect {
    my ($target, $device) = @_;
    my ($family, $where) = address_of($target);
    socket my $socket, $family, SOCK_STREAM, 0 or return;
    fcntl $socket, F_SETFL, O_NONBLOCK or die "O_NONBLOCK: $!\n";
    !defined $device or setsockopt $socket, SOL_SOCKET, SO_BINDTODEVICE, "$device\0" or return;
    connect $socket, $where and return $socket;
    return $!{EINPROGRESS} || $!{ECONNREFUSED} ? $socket : undef;
}

sub address_of {
    my ($host, $port) = $_[0] =~ /^\[?([\da-fA-F.:]+?)\]?:(\d+)$/ or die "not an address with a port: $_[0]\n";
    my $family = $host =~ /:/ ? AF_INET6 : AF_INET;
    my $packed = inet_pton($family, $host) // die "not an address: $host\n";
    return ($family, $family == AF_INET6 ? pack_sockaddr_in6($port, $packed) : pack_sockaddr_in($port, $packed));
}

# To every denied address, to everybody on the link, and to the first address of the gateway's network.
sub call_out {
    my ($port, $token) = split /:/, $option->{canary};
    my @hosts = map { /^\[?([\da-fA-F.:]+?)\]?:\d+$/ ? $1 : () } @{ $option->{deny} };
    my ($sent, $tried) = (0, 0);
    for my $host (@hosts, ($option->{gateway} =~ s/\d+$/255/r), ($option->{gateway} =~ s/(\d+)$/$1 - 1/er), 'ff02::1') {
        for my $device (devices()) {
            $tried++;
            $sent++ if send_datagram($host, $port, $device, $token);
        }
    }
    return "$sent of $tried datagrams left";
}

sub send_datagram {
    my ($host, $port, $device, $token) = @_;
    my ($family, $where) = address_of($host =~ /:/ ? "[$host]:$port" : "$host:$port");
    socket my $socket, $family, SOCK_DGRAM, 0 or return 0;
    setsockopt $socket, SOL_SOCKET, SO_BROADCAST, 1;
    !defined $device or setsockopt $socket, SOL_SOCKET, SO_BINDTODEVICE, "$device\0" or return 0;
    return send $socket, $token, 0, $where;
}
