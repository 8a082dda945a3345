# On the host: becomes bubblewrap, after what needs the launcher's rights and what bubblewrap does not do itself.
#
#   perl start.pl [--socket PATH --socket-fd N] --last-fd N --owner UID:GID [--group FOLDER ...] [--filter HEX --filter-fd N]
#       [--stage PATH ...] [--device PATH ...] -- PROGRAM ARGUMENTS
#
# --socket     binds the bottle's control socket there and passes it on, listening, as descriptor --socket-fd.
# --last-fd    closes every descriptor above.
# --owner      who the program runs as; root gives up all else, its groups too. Others can only be themselves.
# --group      a control group that it and all that it starts are in.
# --filter     a system call filter, in hexadecimal digits: the program finds it as a file, open as descriptor --filter-fd.
# --stage      for root only: shows this file or folder as /tmp/0, the next as /tmp/1, to what follows and to nobody
#              else. The owner may not be let through to where it really is, such as a folder below /root.
# --device     for root only: a device like this one, as /tmp/device/0, that the owner alone may use.
use strict;
use warnings;
use POSIX ();
use Fcntl qw(F_SETFD O_RDONLY S_IFCHR);
use Socket;
(my $here = __FILE__) =~ s{[^/]+$}{};
require "${here}shed.pl";
require "${here}../handover/fds.pl";

use constant { O_PATH => 010000000, CLONE_NEWNS => 0x20000, AT_FDCWD => -100 };
use constant { MS_BIND => 0x1000, MS_REC => 0x4000, MS_SLAVE => 0x80000, MS_NOSUID => 2, MS_NODEV => 4 };
# Numbers from the kernel's syscall_64.tbl (x86-64) and asm-generic/unistd.h (arm64).
my %NUMBERS = (
    x86_64  => { mount => 165, unshare => 272, mknodat => 259, memfd_create => 319 },
    aarch64 => { mount => 40,  unshare => 97,  mknodat => 33,  memfd_create => 279 },
);
my $CALL = $NUMBERS{ (POSIX::uname())[4] } or die "no system call numbers for this machine\n";

my %option = (group => [], stage => [], device => []);
while (@ARGV && (my $name = shift @ARGV) ne '--') {
    my $value = shift @ARGV // '';
    if    ($name =~ /^--(group|stage|device)$/)                              { push @{ $option{$1} }, $value }
    elsif ($name =~ /^--(socket|socket-fd|last-fd|owner|filter|filter-fd)$/) { $option{$1} = $value }
    else                                                                     { die "unknown option: $name\n" }
}
close_above($option{'last-fd'});
my @kept = $option{socket} ? control_socket($option{socket}, $option{'socket-fd'}) : ();
push @kept, filter_file($option{filter}, $option{'filter-fd'}) if defined $option{filter};
join_group($_) for @{ $option{group} };
stage(@{ $option{stage} }) if @{ $option{stage} } || @{ $option{device} };
show_devices(@{ $option{device} }) if @{ $option{device} };
chdir '/' or die "/: $!\n";
become_owner($option{owner});
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";

sub control_socket {
    my ($path, $fd) = @_;
    my $name = enter_folder_of($path);
    umask 0177;
    socket my $listener, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
    bind $listener, pack_sockaddr_un($name) or die "$path: $!\n";
    listen $listener, SOMAXCONN or die "$path: $!\n";
    return ($listener, passed_on($listener, $fd));    # closed when they go out of scope
}

# In memory: a filter is longer than what a pipe is sure to hold for who reads it later.
sub filter_file {
    my ($hex, $fd) = @_;
    my $name = 'filter';
    my $memory = syscall $CALL->{memfd_create}, $name, 1;    # MFD_CLOEXEC
    open my $file, '+<&=', $memory or die "memfd_create: $!\n";
    my $bytes = pack 'H*', $hex;
    (syswrite($file, $bytes) // -1) == length $bytes && sysseek $file, 0, 0 or die "filter: $!\n";
    return ($file, passed_on($file, $fd));
}

# Perl sets close-on-exec on what it opens, and may by chance have opened it as the right descriptor.
sub passed_on {
    my ($handle, $fd) = @_;
    POSIX::dup2(fileno $handle, $fd) // die "dup2: $!\n";
    open my $passed_on, '+<&=', $fd or die "descriptor $fd: $!\n";
    fcntl $passed_on, F_SETFD, 0 or die "descriptor $fd: $!\n";
    return $passed_on;
}

# As a whole: cgroups(7), "Creating cgroups and moving processes".
sub join_group {
    my ($folder) = @_;
    open my $members, '>', "$folder/cgroup.procs" or die "$folder: $!\n";
    syswrite($members, "$$\n") // die "$folder: $!\n";
    close $members or die "$folder: $!\n";
}

# In a mount namespace of its own. What is shown is opened before /tmp is covered, as it may lie there.
sub stage {
    syscall($CALL->{unshare}, CLONE_NEWNS) == 0 or die "a mount namespace: $!\n";
    my @sources = map { sysopen my $source, $_, O_RDONLY | O_PATH or die "$_: $!\n"; $source } @_;
    mount('none', '/',    '',      MS_SLAVE | MS_REC);
    mount('none', '/tmp', 'tmpfs', MS_NOSUID | MS_NODEV);
    chmod 0755, '/tmp' or die "/tmp: $!\n";
    for my $number (0 .. $#sources) {
        my $place = "/tmp/$number";
        -d $sources[$number] ? mkdir $place : open my $file, '>', $place or die "$place: $!\n";
        mount('/proc/self/fd/' . fileno $sources[$number], $place, '', MS_BIND | MS_REC);
    }
}

sub show_devices {
    my ($uid, $gid) = split /:/, $option{owner};
    mkdir '/tmp/device' or die "/tmp/device: $!\n";
    mount('none', '/tmp/device', 'tmpfs', MS_NOSUID);
    chmod 0755, '/tmp/device' or die "/tmp/device: $!\n";
    for my $number (0 .. $#_) {
        my $place = "/tmp/device/$number";
        my $device = (stat $_[$number])[6] // die "$_[$number]: $!\n";
        syscall($CALL->{mknodat}, AT_FDCWD, $place, S_IFCHR | 0600, $device) == 0 or die "a device like $_[$number]: $!\n";
        chown $uid, $gid, $place or die "$place: $!\n";
    }
}

sub mount {
    my ($source, $place, $type, $flags) = @_;
    syscall($CALL->{mount}, $source, $place, $type, $flags, 0) == 0 or die "mounting on $place: $!\n";
}
