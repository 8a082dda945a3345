# A word left in System V IPC, or found there and taken away: perl ipc.pl leave|find KEY [WORD]. It lies in a namespace, and in
# no folder: a queue of messages and a segment of memory stay when whoever made them has ended.
use strict;
use warnings;

# <sys/ipc.h>; not every perl has its module.
use constant { IPC_CREAT => 01000, IPC_RMID => 0 };
use constant { MODE => 0666, TYPE => 1, NO_WAIT => 04000, SIZE => 64 };
my ($what, $key, $word) = @ARGV;

if ($what eq 'leave') {
    my $queue = msgget $key, IPC_CREAT | MODE;
    my $segment = shmget $key, SIZE, IPC_CREAT | MODE;
    my $left = 0;
    $left++ if defined $queue && msgsnd $queue, pack('l! a*', TYPE, $word), NO_WAIT;
    $left++ if defined $segment && shmwrite $segment, $word, 0, SIZE;
    $left or die "$!\n";
    exit 0;
}
my $queue = msgget $key, MODE;
my $segment = shmget $key, SIZE, MODE;
my ($message, $memory) = ('', '');
if (defined $queue) {
    msgrcv $queue, $message, SIZE, TYPE, NO_WAIT;
    msgctl $queue, IPC_RMID, 0;
}
if (defined $segment) {
    shmread $segment, $memory, 0, SIZE;
    shmctl $segment, IPC_RMID, 0;
}
my %found = map { $_ => 1 } "$message $memory" =~ /bbn[0-9a-f]{24}/g;
%found or die "nothing was there\n";
print map { "$_\n" } sort keys %found;
