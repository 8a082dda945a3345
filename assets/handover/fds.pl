# Descriptors over Unix sockets. Core Perl has neither sendmsg nor recvmsg (nor setns): they are called by number.
use strict;
use warnings;
use Config ();

# Numbers from the kernel's syscall_64.tbl (x86-64) and asm-generic/unistd.h (arm64).
my %NUMBERS = (
    x86_64  => { sendmsg => 46,  recvmsg => 47,  setns => 308, pidfd_open => 434, pidfd_send_signal => 424, prctl => 157, capset => 126 },
    aarch64 => { sendmsg => 211, recvmsg => 212, setns => 268, pidfd_open => 434, pidfd_send_signal => 424, prctl => 167, capset => 91 },
);
my ($machine) = $Config::Config{archname} =~ /^([^-]+)/;
my $CALL = $NUMBERS{$machine} or die "no system call numbers for $machine\n";
sub number_of { return $CALL->{ $_[0] } }

use constant { SOL_SOCKET_LEVEL => 1, SCM_RIGHTS => 1, MSG_CMSG_CLOEXEC => 0x40000000 };
use constant { CMSG_LEN => 20, CMSG_SPACE => 24, MAX_MESSAGE_BYTES => 65536 };

# Sends bytes, and one descriptor with them. Dies where not all of it was taken.
sub send_fd {
    my ($socket, $bytes, $fd) = @_;
    my $vector  = pack 'P Q', $bytes, length $bytes;
    my $control = pack 'Q l l l x4', CMSG_LEN, SOL_SOCKET_LEVEL, SCM_RIGHTS, $fd;
    my $header  = pack 'Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, length $control, 0;
    my $sent = syscall $CALL->{sendmsg}, fileno $socket, $header, 0;
    die "sendmsg: $!\n" if $sent != length $bytes;
}

# Receives bytes and, where one came with them, a descriptor. No bytes: end of file.
sub receive_fd {
    my ($socket) = @_;
    my ($bytes, $control) = (buffer(MAX_MESSAGE_BYTES), buffer(CMSG_SPACE));
    my $vector = pack 'P Q', $bytes, length $bytes;
    my $header = pack 'Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, length $control, 0;
    my $got = syscall $CALL->{recvmsg}, fileno $socket, $header, MSG_CMSG_CLOEXEC;
    die "recvmsg: $!\n" if $got < 0;
    my ($length, $level, $type, $fd) = unpack 'Q l l l', $control;
    return substr $bytes, 0, $got if !$length;
    die "unexpected control message\n" if $length != CMSG_LEN || $level != SOL_SOCKET_LEVEL || $type != SCM_RIGHTS;
    return (substr($bytes, 0, $got), $fd);
}

# Zeroed memory for the kernel to write to. The write makes it a buffer of its own: Perl shares equal strings.
sub buffer {
    my ($size) = @_;
    my $memory = "\0" x $size;
    vec($memory, 0, 8) = 0;
    return $memory;
}

# Writes all of it.
sub write_all {
    my ($handle, $bytes) = @_;
    while (length $bytes) {
        my $written = syswrite $handle, $bytes;
        die "write: $!\n" if !defined $written;
        substr($bytes, 0, $written) = '';
    }
}

# A folder and a name in it; entering the folder lets the socket's address be relative, so that no host path
# shows in /proc/net/unix and none is too long for sockaddr_un.
sub enter_folder_of {
    my ($path) = @_;
    my ($folder, $name) = $path =~ m{^(.*)/([^/]+)$} or die "not an absolute path: $path\n";
    chdir $folder or die "$folder: $!\n";
    return $name;
}

1;
