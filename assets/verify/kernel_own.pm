# What every process may ask for: the controls. The host sees it as it would see what is refused.
package kernel_own;
use strict;
use warnings;
use Fcntl qw(:DEFAULT);
use Socket;
use kernel_calls;

use constant { RLIMIT_NOFILE => 7, SCHED_BATCH => 3, UNAME26 => 0x2_0000 };
my @kept;

# A number that the watcher can make from the nonce too.
sub number_of { my ($nonce) = @_; return 512 + hex substr $nonce, -2 }

# The same; so great an error, in microseconds, no clock that is kept right has.
sub clock_mark_of { my ($nonce) = @_; return 8_000_000 + hex substr $nonce, -5 }

sub name { my ($nonce) = @_; my $name = substr($nonce, -12) . "\0"; call('prctl', 15, $name, 0, 0, 0) == 0 or failed('prctl') }

sub file {
    my ($path, $flags) = @_;
    return sub { sysopen my $file, $path, $flags or failed($path); push @kept, $file };
}

sub limit {
    my ($nonce) = @_;
    my $limit = pack 'QQ', (number_of($nonce)) x 2;
    call('prlimit64', 0, RLIMIT_NOFILE, $limit, 0) == 0 or failed('prlimit64');
}

sub batch { my $priority = pack 'i', 0; call('sched_setscheduler', 0, SCHED_BATCH, $priority) == 0 or failed('sched_setscheduler') }

sub datagrams {
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or failed('socket');
    bind $socket, pack_sockaddr_in(0, INADDR_LOOPBACK) or failed('bind');
    push @kept, $socket;
}

# One page at a place where nothing else is: MAP_FIXED_NOREPLACE.
sub page { call('mmap', 0x1000_0000, 4096, 1, 0x10_0022, -1, 0) != -1 or failed('mmap') }

# A program of a few bytes, in memory: x86 only. For 32 bits: unshare(CLONE_NEWUSER) by its number there, then pause.
sub program {
    my ($bits) = @_;
    return sub {
        my ($nonce) = @_;
        my $code = $bits == 32
            ? pack 'H*', 'b836010000bb00000010cd80b81d000000cd80ebf7'
            : pack 'H*', 'b8220000000f05ebf7';
        my $fd = descriptor('memfd_create', "$nonce", 0);
        open my $writer, '>&=', $fd or failed('memfd');
        syswrite $writer, $bits == 32 ? elf32($code) : elf64($code);
        open my $reader, '<', "/proc/self/fd/$fd" or failed('memfd');
        close $writer;
        print "a program was run\n";
        STDOUT->flush;
        close STDOUT;
        my $path = '/proc/self/fd/' . fileno $reader;
        exec {$path} 'kernel', $nonce;
    };
}

use constant BASE => 0x40_0000;

sub elf32 {
    my ($code) = @_;
    my $size = 52 + 32 + length $code;
    return pack('a4 C12 S S L L L L L S6', "\x7fELF", 1, 1, 1, (0) x 9, 2, 3, 1, BASE + 84, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        . pack('L8', 1, 0, BASE, BASE, $size, $size, 5, 0x1000) . $code;
}

sub elf64 {
    my ($code) = @_;
    my $size = 64 + 56 + length $code;
    return pack('a4 C12 S S L Q Q Q L S6', "\x7fELF", 2, 1, 1, (0) x 9, 2, 62, 1, BASE + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        . pack('L2 Q6', 1, 5, 0, BASE, BASE, $size, $size, 0x1000) . $code;
}

our %ATTEMPTS = (
    'own-name'        => \&name,
    'own-eventfd'     => sub { descriptor('eventfd2', 0, 0) },
    'own-device'      => file('/dev/null', O_RDONLY),
    'own-kernel-file' => file('/proc/self/comm', O_WRONLY),
    'own-pidfd'       => sub { descriptor('pidfd_open', getppid, 0) },
    'own-limit'       => \&limit,
    'own-nice'        => sub { call('setpriority', 0, 0, 11) == 0 or failed('setpriority') },
    'own-policy'      => \&batch,
    'own-personality' => sub { call('personality', UNAME26) >= 0 or failed('personality') },
    'own-socket'      => \&datagrams,
    'own-page'        => \&page,
    'own-program'     => program(64),
    'ns-user-32bit'   => program(32),
);

1;
