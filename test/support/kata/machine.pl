# The stand-in's machine, run by a copy of Perl that is called as a VMM is: it has a virtual machine of KVM, in which nothing
# runs, makes the container with the runtime behind it, stands in its network, and ends when it does, as it did.
use strict;
use warnings;

my (undef, $name, $tell, $with_kvm, $pid_file, @create) = @ARGV;
my $is_x86 = `uname -m` =~ /x86_64/;
open my $told, '>&=', $tell or die "$tell: $!\n";
$told->autoflush;

# PR_SET_CHILD_SUBREAPER, prctl(2): what makes the container leaves its first process to who asked for it.
syscall($is_x86 ? 157 : 167, 36, 1, 0, 0, 0) == 0 or die "prctl: $!\n";
my $failed = system @create;
if ($failed) {
    print $told ($failed >> 8) || 1;
    exit 1;
}
open my $file, '<', $pid_file or die "$pid_file: $!\n";
my ($sandbox) = <$file> =~ /(\d+)/;
open my $net, '<', "/proc/$sandbox/ns/net" or die "network of $sandbox: $!\n";
syscall($is_x86 ? 308 : 268, fileno $net, 0) == 0 or die "setns: $!\n"; # CLONE_NEWNET is not insisted on
close $net;
share_processors($sandbox);

# include/uapi/linux/kvm.h: KVM_CREATE_VM is _IO(0xAE, 0x01).
my ($kvm, $machine);
if ($with_kvm eq 'with') {
    sysopen $kvm, '/dev/kvm', 2 or die "/dev/kvm: $!\n";
    $machine = ioctl $kvm, 0xAE01, 0 or die "KVM_CREATE_VM: $!\n";
}
# The container has the streams; they end when nobody else has.
open STDIN, '<', '/dev/null';
open STDOUT, '>', '/dev/null';
open STDERR, '>', '/dev/null';
print $told 0;
close $told;
waitpid $sandbox, 0;
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);

# The threads of a machine's processors are in the container's control group: docs/design/host-cgroups.md of kata-containers.
sub share_processors {
    my ($pid) = @_;
    open my $groups, '<', "/proc/$pid/cgroup" or return;
    my %path = map { /^\d+:([^:]*):(.*)$/ ? ($1 => $2) : () } <$groups>;
    my ($controllers) = grep { /(?:^|,)cpu(?:,|$)/ } keys %path;
    $controllers //= '';
    open my $procs, '>', "/sys/fs/cgroup/$controllers$path{$controllers}/cgroup.procs" or return;
    print $procs $$;
    close $procs;
}
