# Attempts on what the kernel shows as files: its settings, its memory, its devices; and programs that change the user.
package kernel_files;
use strict;
use warnings;
no warnings 'portable';    # Addresses have more than 32 bits.
use Fcntl qw(:DEFAULT);
use File::Basename qw(dirname);
use File::Find ();
use kernel_calls;

use constant { S_IFCHR => 0020000, S_IFBLK => 0060000, AT_FDCWD => -100 };
# Never a watchdog: to open one is to start it.
my @DEVICES = map { "/dev/$_" } qw(kmsg mem port kvm fuse vsock userfaultfd loop-control net/tun vhost-net vhost-vsock
    mapper/control btrfs-control loop0 vda sda nvme0n1 dm-0 zram0 xvda mmcblk0 tty0 ttyS0 console);
# mem, port, kmsg, fuse, loop-control, tun.
my @CHARACTER_DEVICES = ([1, 1], [1, 4], [1, 11], [10, 229], [10, 237], [10, 200]);
# newgrp says that there is no such group, and does no more. None that writes of a failure into a log.
my @SETUID = map { ("/usr/bin/$_", "/bin/$_") } qw(newgrp chsh chfn gpasswd passwd su umount mount);
my @kept;

# The first of these that can be opened, held. For writing: nothing is written.
sub open_first {
    my ($flags, @paths) = @_;
    for my $path (@paths) {
        sysopen my $file, $path, $flags | O_NONBLOCK | O_NOCTTY or next;
        push @kept, $file;
        return 1;
    }
    failed($paths[-1] // 'nothing to try');
}

# Every file below these, down to a depth, that could be written to by its mode.
sub files_below {
    my ($depth, @tops) = @_;
    my @found;
    my $look = sub {
        my $levels = () = $File::Find::name =~ m{/}g;
        $File::Find::prune = 1 if $levels >= $depth || @found > 5_000;
        push @found, $File::Find::name if -f $_ && -w _;
    };
    no warnings 'File::Find';    # folders that may not be looked into, such as a host's tracefs
    File::Find::find({ wanted => $look, no_chdir => 1 }, grep { -d } @tops) if grep { -d } @tops;
    return @found;
}

sub writing_below { my ($depth, @tops) = @_; sub { open_first(O_WRONLY, files_below($depth, @tops)) } }

# A control file has no size. One that has lies in a folder that nothing is mounted on, where an engine took it for a cgroup.
sub controls_below { my ($depth, @tops) = @_; sub { open_first(O_WRONLY, grep { -z } files_below($depth, @tops)) } }

sub reading { my @paths = @_; sub { open_regular(@paths) } }

# What a bottle hides is often a device that lies over it.
sub open_regular { open_first(O_RDONLY, (grep { -f } @_), $_[0]) }

sub node_of {
    my ($nonce, $kind, @numbers) = @_;
    for my $place (places()) {
        for my $number (@numbers) {
            my $path = "$place/$nonce-node";
            call('mknodat', AT_FDCWD, $path, $kind | 0600, $number->[0] << 8 | $number->[1]) == 0 or next;
            return 1 if eval { open_first(O_RDONLY, $path) };
            unlink $path;
        }
    }
    failed('mknod');
}

sub block_node {
    my ($nonce) = @_;
    open my $list, '<', '/proc/partitions' or failed('/proc/partitions');
    my @numbers = map { /^\s*(\d+)\s+(\d+)\s+[1-9]/ ? [$1, $2] : () } <$list>;
    node_of($nonce, S_IFBLK, @numbers, [8, 0], [254, 0], [259, 0]);
}

sub character_node { my ($nonce) = @_; node_of($nonce, S_IFCHR, @CHARACTER_DEVICES) }

# A file found by its number in the file system, past every folder that leads to it: CAP_DAC_READ_SEARCH.
sub by_handle {
    my ($nonce) = @_;
    my ($path, $plain) = (own_dir($nonce) . '/by-handle', unnamed($nonce));
    # Its word is in the name only afterwards: it shows where it was opened by its handle, and by nothing before.
    open my $file, '>', $plain or failed($plain);
    close $file;
    rename $plain, $path or failed("rename to $path");
    my ($handle, $mount) = (pack('Li x128', 128, 0), "\0" x 4);
    call('name_to_handle_at', AT_FDCWD, $path, $handle, $mount, 0) == 0 or failed('name_to_handle_at');
    my $place = dirname($plain);
    sysopen my $top, $place, O_RDONLY | O_DIRECTORY or failed($place);
    descriptor('open_by_handle_at', fileno $top, $handle, O_RDONLY);
}

# It runs with what it says going into a full pipe, so that it stands still before it ends.
sub setuid_program {
    my ($nonce) = @_;
    my ($program) = grep { -u $_ && -x _ } @SETUID;
    defined $program or die "there is no program that changes the user\n";
    pipe my $reader, my $writer or failed('pipe');
    my $flags = fcntl $writer, F_GETFL, 0;
    fcntl $writer, F_SETFL, $flags | O_NONBLOCK;
    1 while syswrite $writer, "\0" x 512;
    1 while syswrite $writer, "\0";
    fcntl $writer, F_SETFL, $flags;
    print "$program was run\n";
    open STDERR, '>&', $writer;
    open STDOUT, '>&', $writer;
    exec {$program} $program, $nonce;
}

# What a process has written to and no file has: its heap, which not every kernel calls so.
sub heap_of {
    my ($pid) = @_;
    open my $maps, '<', "/proc/$pid/maps" or return;
    my @parts = map { /^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(?:\[heap\])?\s*$/ ? [hex $1, hex($2) - hex $1] : () } <$maps>;
    return map { part_of($pid, @$_) } grep { $_->[1] <= 8_388_608 } @parts;
}

# By process_vm_readv(2), or by the file that stands for the memory.
sub part_of {
    my ($pid, $from, $length) = @_;
    my $memory = "\0" x $length;
    my ($here, $there) = (pack('QQ', unpack('Q', pack 'P', $memory), $length), pack 'QQ', $from, $length);
    return $memory if call('process_vm_readv', $pid + 0, $here, 1, $there, 1, 0) > 0;
    sysopen my $file, "/proc/$pid/mem", O_RDONLY or return;
    sysseek $file, $from, 0;
    sysread $file, $memory, $length;
    return $memory;
}

# Who ends last when memory runs out, of all on the host.
sub spared {
    my ($score) = @_;
    return sub {
        sysopen my $file, '/proc/self/oom_score_adj', O_WRONLY or failed('oom_score_adj');
        defined syswrite $file, $score or failed('oom_score_adj');
    };
}

my @SYSFS = qw(/sys/kernel /sys/power /sys/module /sys/bus /sys/firmware /sys/class /sys/block);
our %ATTEMPTS = (
    'device-open'    => sub { open_first(O_RDONLY, @DEVICES) },
    'mknod-block'    => \&block_node,
    'mknod-char'     => \&character_node,
    'core-pattern'   => sub { open_first(O_WRONLY, map { "/proc/sys/kernel/$_" } qw(modprobe hotplug poweroff_cmd core_pattern)) },
    'sysctl-write'   => writing_below(7, map { "/proc/sys/$_" } qw(kernel vm fs user dev debug net)),
    'sysrq'          => sub { open_first(O_WRONLY, '/proc/sysrq-trigger') },
    'proc-write'     => writing_below(6, map { "/proc/$_" } qw(irq bus fs scsi acpi)),
    'sysfs-write'    => writing_below(7, @SYSFS),
    'cgroup-write'   => controls_below(8, '/sys/fs/cgroup'),
    'kernel-memory'  => reading(map { "/proc/$_" } qw(kcore kpageflags kpagecount kpagecgroup vmallocinfo)),
    'proc-keys'      => reading(map { "/proc/$_" } qw(keys timer_list sched_debug latency_stats)),
    'open-by-handle' => \&by_handle,
    'oom-score'      => spared(-997),
    'own-oom-score'  => spared(997),
    'setuid-program' => \&setuid_program,
);

1;
