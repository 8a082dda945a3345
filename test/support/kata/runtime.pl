#!/usr/bin/perl
# What the stand-in's shim calls as its OCI runtime: the one behind it, with the effects that Kata has for who looks from outside.
use strict;
use warnings;
use Fcntl;
use JSON::PP ();
use POSIX ();

my $dir = '@DIR@';
my @behind = (split /\n/, read_text("$dir/behind"));
my %fault = map { $_ => 1 } split /\n/, read_text("$dir/faults");

# Options of the runtime itself, `--root DIR --log FILE --log-format json`, before the command: containerd go-runc, runc.go.
my @args = @ARGV;
my (@options, $root);
while (@args && $args[0] =~ /^--/) {
    my $option = shift @args;
    push @options, $option;
    next if $option =~ /=|^--systemd-cgroup$/;
    my $value = shift @args;
    push @options, $value;
    $root = $value if $option eq '--root';
}
my $command = shift @args // '';
my $id = $args[-1] // '';

give_loopback() if $command eq 'create';
my @filter = $command eq 'create' ? make_machine() : ();
stand_between() if $command =~ /^(?:create|exec)$/;
create() if $command eq 'create';
before_start() if $command eq 'start';
system "ip netns delete $id 2>/dev/null" if $command eq 'delete' && $id =~ /^\w+$/;
exec @behind, @filter, @options, $command, @args or die "$behind[0]: $!\n";

# The machine is what containerd takes for the container's process; it makes the container, and ends as that does.
sub create {
    return if $fault{'no machine'};
    my ($at) = grep { $args[$_] eq '--pid-file' } 0 .. $#args;
    my $pid_file = splice @args, $at + 1, 1, "$args[$at + 1].sandbox";
    pipe my $told, my $tell or die "pipe: $!\n";
    my $machine = fork // die "fork: $!\n";
    if ($machine == 0) {
        close $told;
        $^F = 99; # what it tells us by stays open
        my @rest = (fileno $tell, $fault{'no kvm'} ? 'without' : 'with', $args[$at + 1], @behind, @filter, @options, 'create', @args);
        fcntl $tell, F_SETFD, 0;
        exec "$dir/qemu-system-x86_64", "$dir/machine.pl", '-name', "sandbox-$id,debug-threads=on", @rest or exit 127;
    }
    close $tell;
    my $code = <$told> // 127;
    exit $code if $code != 0;
    write_text("$dir/machine-of-$id", $machine);
    write_text("$pid_file.machine", $machine);
    rename "$pid_file.machine", $pid_file or die "$pid_file: $!\n";
    exit 0;
}

# What Kata makes of a container's limits: constraintGRPCSpec and addHypervisorMemoryOverrides of its runtime in Go, set_sysctls of its agent, 4.1.0.
# Limits of processes are dropped. The machine has `default_memory`, and what its container may have besides. Sysctls are the machine's.
# A filter is there when the annotation asks for it. gVisor shows no threads-max: a folder stands for that of the settings.
sub make_machine {
    my ($bundle) = map { $args[ $_ + 1 ] } grep { $args[$_] eq '--bundle' } 0 .. $#args;
    my $spec = JSON::PP->new->decode(read_text("$bundle/config.json"));
    my ($annotations, $sysctls) = ($spec->{annotations} // {}, $spec->{linux}{sysctl} // {});
    my $asked = $annotations->{'io.katacontainers.config.hypervisor.default_memory'};
    my $own = 2048; # default_memory of the configuration, in MiB
    $own = $asked if defined $asked && !$fault{'fixed memory'};
    my $resources = $spec->{linux}{resources} //= {};
    my $most = $own * 1024 * 1024 + ($resources->{memory}{limit} // 0);
    $resources->{memory} = { limit => $most, swap => $most };
    delete $resources->{pids};
    my $threads = $fault{'no sysctls'} ? undef : $sysctls->{'kernel.threads-max'};
    $resources->{pids} = { limit => $threads + 0 } if defined $threads;
    my $is_other_kernel = "@behind" =~ /runsc/;
    delete $sysctls->{'kernel.threads-max'}; # neither runtime behind sets it
    my $settings = "$dir/settings-of-$id";
    mkdir $settings or die "$settings: $!\n";
    my %text = ('threads-max' => $threads // int($most / 131072), cap_last_cap => 40, overflowuid => 65534, overflowgid => 65534);
    write_text("$settings/$_", "$text{$_}\n") for keys %text;
    my $mount = { destination => '/proc/sys/kernel', type => 'bind', source => $settings, options => [ 'rbind', 'ro' ] };
    push @{ $spec->{mounts} }, $mount if $is_other_kernel;
    # Under our whole profile Node starts no thread in gVisor of 2024-07: of the filter it has what refuses AF_VSOCK, and shows that there is one.
    my $vsock = { names => ['socket'], action => 'SCMP_ACT_ERRNO', args => [ { index => 0, value => 40, op => 'SCMP_CMP_EQ' } ] };
    $spec->{linux}{seccomp} = { defaultAction => 'SCMP_ACT_ALLOW', syscalls => [$vsock] } if $is_other_kernel && $spec->{linux}{seccomp};
    write_text("$bundle/config.json", JSON::PP->new->encode($spec));
    my $has_filter = ($annotations->{'io.katacontainers.config.runtime.disable_guest_seccomp'} // '') eq 'false';
    # runc puts on any filter that it is told of.
    return $has_filter && !$fault{'no filter'} && $is_other_kernel ? ('--oci-seccomp') : ();
}

# Kata's agent carries a program's streams, and ends all of them with its input: close_stdin in src/agent/rustjail/src/process.rs of 4.1.0 wakes
# whoever reads its output, who then takes it for ended. One chunk that was on its way arrives. A terminal has one stream, which stays.
sub stand_between {
    return if grep { /^--(?:console-socket|tty)(?:=|$)|^-t$/ } @args;
    pipe my $in, my $to_program or die "pipe: $!\n";
    pipe my $from_out, my $out or die "pipe: $!\n";
    pipe my $from_err, my $err or die "pipe: $!\n";
    my $pump = fork // die "fork: $!\n";
    if ($pump == 0) {
        close $_ for $in, $out, $err;
        carry($to_program, $from_out, $from_err);
        POSIX::_exit(0);
    }
    open STDIN, '<&', $in or die "input: $!\n";
    open STDOUT, '>&', $out or die "output: $!\n";
    open STDERR, '>&', $err or die "complaints: $!\n";
    close $_ for $in, $out, $err, $to_program, $from_out, $from_err;
}

sub carry {
    my ($to_program, $from_out, $from_err) = @_;
    POSIX::setsid();
    $SIG{PIPE} = 'IGNORE';
    my %to = (fileno STDIN, [ \*STDIN, $to_program ], fileno $from_out, [ $from_out, \*STDOUT ], fileno $from_err, [ $from_err, \*STDERR ]);
    my $input_ended = 0;
    while (%to) {
        my $readable = '';
        vec($readable, $_, 1) = 1 for keys %to;
        select($readable, undef, undef, undef) > 0 or next;
        for my $fd (grep { exists $to{$_} && vec $readable, $_, 1 } sort keys %to) {
            my ($from, $to) = @{ $to{$fd} };
            my $count = sysread $from, my $chunk, 65536;
            my $left = $count ? syswrite $to, $chunk : undef;
            ($left += syswrite($to, $chunk, length $chunk, $left) // last) while defined $left && $left < length $chunk;
            return if $input_ended && $fd != 0;
            next if defined $left;
            close $to;
            delete $to{$fd};
            $input_ended = 1 if $fd == 0;
            return if !grep { $_ != 0 } keys %to;
        }
    }
}

# A guest has its loopback up (handle_localhost in src/agent/src/main.rs), gVisor what it finds when it starts: so it is raised in a namespace
# that is there before. nerdctl says by an annotation that there is to be no network, pkg/labels/labels.go.
sub give_loopback {
    my ($bundle) = map { $args[ $_ + 1 ] } grep { $args[$_] eq '--bundle' } 0 .. $#args;
    my $spec = read_text("$bundle/config.json");
    return if $spec !~ m{"nerdctl/networks":"\[\\"none\\"\]"};
    my $path = "/run/netns/$id";
    $spec =~ s/("type":"network")(?=\})/$1,"path":"$path"/ or return;
    system(qw(ip netns add), $id) == 0 && system('ip', '-n', $id, qw(link set lo up)) == 0 or die "a network namespace for $id\n";
    write_text("$bundle/config.json", $spec);
}

# Docker has laid its network by now: kata-containers#9340, moby#47626.
sub before_start {
    my $pid = -e "$dir/machine-of-$id" ? read_text("$dir/machine-of-$id") : return;
    my @inside = ('nsenter', "--net=/proc/$pid/ns/net");
    # The guest is behind a mirror of the interface, which netfilter of that namespace does not see: kata-containers#6688.
    system "@inside iptables -t nat -F >/dev/null 2>&1";
    return unless $fault{'no interface'};
    my @links = map { /^\d+: ([^:@]+)/ && $1 ne 'lo' ? $1 : () } `@inside ip -o link`;
    system @inside, 'ip', 'link', 'delete', $_ for @links;
}

sub read_text {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    my $text = <$file>;
    return defined $text ? $text =~ s/\n+\z//r : '';
}

sub write_text {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}
