/** Exit codes for what the caller is told by name. */
export const EXCHANGE_EXIT_CODES = { missing: 44, refused: 45, timeout: 46, tooLong: 47 } as const;

/**
 * Sends its standard input to a Unix socket and writes what is answered. The socket's folder is entered first: a socket's address
 * holds at most 107 bytes (unix(7)), a path may be longer. The limit begins when this program does.
 */
export const EXCHANGE_SCRIPT = `#!/usr/bin/perl
# perl exchange.pl FOLDER NAME MILLISECONDS ANSWER_BYTES_MAX
use strict;
use warnings;
use IO::Socket::UNIX ();

my ($folder, $name, $milliseconds, $answer_max) = @ARGV;
my $left = $milliseconds / 1000;
sub refuse { print STDERR "$!\\n"; exit($!{ENOENT} || $!{ENOTDIR} ? ${EXCHANGE_EXIT_CODES.missing} : $!{ECONNREFUSED} ? ${EXCHANGE_EXIT_CODES.refused} : 1) }

my $text = do { local $/; <STDIN> } // '';
$SIG{ALRM} = sub { exit ${EXCHANGE_EXIT_CODES.timeout} };
$SIG{PIPE} = 'IGNORE';
# For a listener that does not accept; whole seconds are all that alarm knows.
alarm(int($left) + 2);
chdir($folder) or refuse();
my $socket = IO::Socket::UNIX->new(Peer => $name) or refuse();
my ($fd, $is_told, $answered) = (fileno($socket), 0, 0);
$socket->blocking(0);
for (;;) {
  my ($readable, $writable) = ('', '');
  vec($readable, $fd, 1) = 1;
  vec($writable, $fd, 1) = 1 unless $is_told;
  (my $ready, $left) = select($readable, $writable, undef, $left);
  exit ${EXCHANGE_EXIT_CODES.timeout} if $ready == 0 || $left <= 0;
  if (!$is_told && vec($writable, $fd, 1)) {
    my $written = $text eq '' ? 0 : syswrite($socket, $text, 65536);
    refuse() unless defined $written || $!{EAGAIN};
    substr($text, 0, $written // 0, '');
    if ($text eq '') { shutdown($socket, 1); $is_told = 1 }
  }
  next unless vec($readable, $fd, 1);
  my $count = sysread($socket, my $piece, 65536);
  next if !defined $count && $!{EAGAIN};
  refuse() unless defined $count;
  exit 0 if $count == 0;
  $answered += $count;
  exit ${EXCHANGE_EXIT_CODES.tooLong} if $answered > $answer_max;
  syswrite(STDOUT, $piece);
}
`;
