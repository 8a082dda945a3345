# Starts one program, on a terminal of the sandbox's own or on pipes.
use strict;
use warnings;
use POSIX ();
use Fcntl qw(O_RDWR O_NOCTTY);

use constant { TIOCSPTLCK => 0x40045431, TIOCGPTN => 0x80045430, TIOCSWINSZ => 0x5414, TIOCSCTTY => 0x540e };    # tty_ioctl(4)

# Gives its process id, and the other ends of its streams: the terminal, or those of standard input, output and error. `$become`
# makes the new process the program, and does not come back.
sub start_program {
    my ($size, $become) = @_;
    my ($inside, @outside) = $size eq '' ? pipes() : terminal(split / /, $size);
    my $pid = fork // die "no further process: $!\n";
    if ($pid == 0) {
        take($inside);
        $become->();
        POSIX::_exit(126);
    }
    return ($pid, @outside);
}

sub pipes {
    pipe my $in, my $in_outside and pipe my $out_outside, my $out and pipe my $err_outside, my $err or die "pipe: $!\n";
    return ([ $in, $out, $err ], $in_outside, $out_outside, $err_outside);
}

# From the bottle's own /dev/pts, so that the terminal has a name there, and no way to any terminal of the host's.
sub terminal {
    my ($rows, $columns) = @_;
    sysopen my $outside, '/dev/ptmx', O_RDWR | O_NOCTTY or die "/dev/ptmx: $!\n";
    my ($locked, $number, $size) = (pack('i', 0), pack('i', 0), pack('S4', $rows, $columns, 0, 0));
    ioctl $outside, TIOCSPTLCK, $locked and ioctl $outside, TIOCGPTN, $number and ioctl $outside, TIOCSWINSZ, $size
        or die "terminal: $!\n";
    my $name = '/dev/pts/' . unpack 'i', $number;
    sysopen my $inside, $name, O_RDWR | O_NOCTTY or die "$name: $!\n";
    return ([ ($inside) x 3 ], $outside);
}

# In the new process.
sub take {
    my ($streams) = @_;
    POSIX::setsid();
    POSIX::dup2(fileno $streams->[$_], $_) // POSIX::_exit(126) for 0 .. 2;
    ioctl STDIN, TIOCSCTTY, 0 if -t STDIN;
    $SIG{PIPE} = 'DEFAULT';
    POSIX::sigprocmask(POSIX::SIG_SETMASK, POSIX::SigSet->new);
}

# Does not come back. 126 and 127 are what shells say.
sub run_program {
    my ($folder, $arguments, $environment) = @_;
    %ENV = %$environment;
    no warnings 'exec'; # said below
    chdir($folder) ? exec { $arguments->[0] } @$arguments : unshift @$arguments, $folder;
    my $code = $!{ENOENT} ? 127 : 126;
    syswrite STDERR, "bot-bottle: $arguments->[0]: $!\n";
    POSIX::_exit($code);
}

1;
