# Frames with a forged source, as a guest's kernel can send them: forged-source.pl DEVICE ITS-MAC ITS-ADDRESS SOURCE WORD
# A question for names of the class CHAOS, which a server answers and asks nobody about, and an echo request; both hold WORD.
use strict;
use warnings;

my ( $device, $mac, $gateway, $source, $word ) = @ARGV;
my ( $AF_PACKET, $SOCK_RAW, $IPV4, $SIOCGIFINDEX ) = ( 17, 3, 0x0800, 0x8933 );

sub checksum {
    my ($data) = @_;
    my $sum = 0;
    $sum += $_ for unpack 'n*', length($data) % 2 ? "$data\0" : $data;
    $sum = ( $sum & 0xffff ) + ( $sum >> 16 ) while $sum >> 16;
    return ~$sum & 0xffff;
}

sub address { return pack 'C4', split /\./, $_[0] }

sub packet {
    my ( $protocol, $content ) = @_;
    my @parts = ( 0x45, 0, 20 + length $content, 7, 0, 64, $protocol );
    my $ends  = address($source) . address($gateway);
    return pack( 'CCnnnCCn', @parts, checksum( pack( 'CCnnnCCn', @parts, 0 ) . $ends ) ) . $ends . $content;
}

my $question = pack( 'n6', 0x4242, 0x0100, 1, 0, 0, 0 ) . pack( 'C/a C n n', "dns-$word", 0, 1, 3 );
my $udp      = pack( 'n4', 40_000, 53, 8 + length $question, 0 ) . $question;
my $echo     = pack( 'CCnnn', 8, 0, 0, 1, 1 ) . "echo-$word";
substr $echo, 2, 2, pack 'n', checksum($echo);

socket my $out, $AF_PACKET, $SOCK_RAW, 0 or die "socket: $!";
my $request = pack 'a16 x24', $device;
ioctl $out, $SIOCGIFINDEX, $request or die "$device: $!";
my $index = unpack 'x16 i', $request;
bind $out, pack 'S n i S C C x8', $AF_PACKET, $IPV4, $index, 0, 0, 0 or die "bind: $!";
my $header = pack 'H12 H12 n', $mac =~ tr/://dr, '02000000beef', $IPV4;
for my $packet ( packet( 17, $udp ), packet( 1, $echo ) ) {
    defined syswrite $out, $header . $packet or die "send: $!";
}
print "sent\n";
