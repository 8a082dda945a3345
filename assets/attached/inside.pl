# Checks that a machine is what was asked for, made from inside before anything of the agent's runs: the runtime's own word about
# it is read by the launcher, and is a word. Each gives one line of evidence, or dies with what is other. Needs handover/checks.pl.
use strict;
use warnings;

# Numbers of capabilities(7).
my %CAPABILITY = (CHOWN => 0, KILL => 5, SETGID => 6, SETUID => 7, SETPCAP => 8, NET_BIND_SERVICE => 10);

# wanted: {places => [PATH:ro|rw|tmpfs], capabilities => [NAME]}. Gives JSON objects {id, claim, evidence}.
sub inside_checks {
    my ($wanted) = @_;
    my @plan = (
        [ 'machine.root',         'the root cannot be written',                                    \&read_only_root ],
        [ 'machine.mounts',       'what is mounted is what was asked for, read-only where it is to be', \&mounts ],
        [ 'machine.capabilities', 'no program can have another capability than was asked for',      \&capabilities ],
    );
    return checked(\@plan, $wanted);
}

sub read_only_root {
    my $path = '/.bot-bottle-launch-check';
    if (mkdir $path) { rmdir $path; die "a folder could be made in it\n" }
    my $refused = $!{EROFS} ? 'EROFS' : 'not allowed';
    die "$path: $!\n" if !$!{EROFS} && !$!{EACCES};    # root without CAP_DAC_OVERRIDE may not write to somebody else's
    my ($root) = grep { $_->{path} eq '/' } mount_table();
    die "it is mounted to be written\n" if !$root || !$root->{is_read_only};
    return "mounted read-only; $refused";
}

sub mounts {
    my ($wanted) = @_;
    my %mounted = map { $_->{path} => $_ } mount_table();
    for my $place (@{ $wanted->{places} }) {
        my ($path, $how) = $place =~ /^(.*):(ro|rw|tmpfs)$/ or die "not a place: $place\n";
        my $mount = $mounted{$path} or die "nothing is mounted on $path\n";
        die "$path can be written\n" if $how eq 'ro' && !$mount->{is_read_only};
        die "$path is of the kind $mount->{kind}\n" if ($how eq 'tmpfs') != ($mount->{kind} eq 'tmpfs');
        die "$path has no bound\n" if $how eq 'tmpfs' && !$mount->{is_bounded};
    }
    return scalar(@{ $wanted->{places} }) . ' places, by /proc/self/mountinfo';
}

# proc_pid_mountinfo(5). The last of a place is what shows.
sub mount_table {
    open my $file, '<', '/proc/self/mountinfo' or die "/proc/self/mountinfo: $!\n";
    return map {
        my ($own, $rest) = split / - /, $_, 2;
        my ($path, $options) = (split / /, $own)[ 4, 5 ];
        my ($kind, undef, $all) = split / /, $rest;
        chomp $all;
        { path => unescaped($path), kind => $kind, is_read_only => scalar("$options,$all" =~ /(?:^|,)ro(?:,|$)/), is_bounded => scalar($all =~ /(?:^|,)size=/) };
    } <$file>;
}

sub unescaped { return $_[0] =~ s/\\(\d{3})/chr oct $1/ger }

sub capabilities {
    my ($wanted) = @_;
    my $mask = 0;
    $mask |= 1 << ($CAPABILITY{$_} // die "an unknown capability: $_\n") for @{ $wanted->{capabilities} };
    open my $status, '<', '/proc/self/status' or die "/proc/self/status: $!\n";
    my %set = map { /^Cap(\w+):\s*([0-9a-f]+)/ ? ($1 => hex $2) : () } <$status>;
    for my $name (qw(Prm Eff Bnd)) {
        die sprintf("%s is %x, not %x\n", $name, $set{$name} // 0, $mask) if !defined $set{$name} || $set{$name} != $mask;
    }
    return join ' ', sort @{ $wanted->{capabilities} };
}

1;
