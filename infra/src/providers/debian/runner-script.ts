/** What the runner answers instead of a command's own code. See RUNNER_SCRIPT. */
export const RUNNER_EXIT_CODES = { notStarted: 125, unheard: 253 } as const;
export const OWN_CODE_LINE = 'holdfast-runner: the code is its own';

/**
 * Runs one command on a Debian machine and ends all of it when it should. In Perl, because perl-base is on every Debian and
 * Ubuntu (Essential: yes), so that nothing needs to be installed for a command to be run.
 *
 * - The command is in a scope of systemd, a control group that none of its children can leave: ended as one.
 * - Standard input carries frames: a letter, the length of what follows (32 bits, big-endian), and that. `E` environment as
 *   KEY=VALUE with NUL after each, which starts the command; `I` input for the command; `C` no more input; `.` a sign of life.
 *   Its end, or silence, means that nobody waits any more (worker killed, connection cut), and the command is ended. Environment
 *   and input may hold secrets: they stand in no argument list.
 * - The command writes straight to the connection. The exit code is the command's, as a shell counts.
 * - What the command leaves running is ended with it.
 *
 * 125 with a line that begins with `holdfast-runner:` means that the command was not started; 253 that nobody waited for it any
 * more, unless a line says that it was the command's own.
 */
export const RUNNER_SCRIPT = `#!/usr/bin/perl
# perl runner.pl UNIT USER|- SECONDS INPUT_BYTES_MAX DIRECTORY PROGRAM [ARGUMENT...]
use strict;
use warnings;
use IO::Handle ();
use POSIX ();
use constant { SILENCE_SECONDS => 45, SYSTEMD_SECONDS => 20, BEGUN_FD => 9, LOOK_SECONDS => 0.5, PIECE_BYTES => 65536 };

my ($unit, $user, $seconds, $input_max, $directory, @command) = @ARGV;
my ($pid, $status, $in, $errors, $begun);
my ($frames, $input, $input_closed) = ('', '', 0);

sub fail { syswrite(STDERR, "holdfast-runner: $_[0]\\n"); exit ${RUNNER_EXIT_CODES.notStarted} }
sub end_all { system { 'systemctl' } 'systemctl', '--quiet', 'kill', '--signal=KILL', $unit }

# A machine that is just starting has no systemd to ask yet.
sub await_systemd {
  my $deadline = time + SYSTEMD_SECONDS;
  until (-S '/run/systemd/private') {
    fail('systemd does not answer') if time > $deadline;
    select(undef, undef, undef, 0.1);
  }
}

sub start {
  await_systemd();
  my %environment = map { split /=/, $_, 2 } split /\\0/, $_[0];
  pipe(my $read, $in) or fail("pipe: $!");
  pipe($begun, my $begin) or fail("pipe: $!");
  $pid = fork // fail("fork: $!");
  if ($pid) { close($read); close($begin); $in->blocking(0); return }
  open(STDIN, '<&', $read) or fail("stdin: $!");
  POSIX::dup2(fileno($begin), BEGUN_FD) // fail("dup2: $!");
  $SIG{$_} = 'DEFAULT' for 'CHLD', 'PIPE';
  %ENV = %environment;
  my @as = $user eq '-' ? () : ('setpriv', "--reuid=$user", "--regid=$user", '--init-groups', '--');
  # A shell, for the directory and for the codes 126 and 127 that are known from shells. It tells that it was reached: what ends
  # before that is systemd-run, whose reasons are not the command's.
  my @shell = ('sh', '-c', 'printf . >&9 && exec 9>&- && cd -- "$1" && shift && exec "$@"', 'sh', $directory, @command);
  # A description of its own: systemd takes the command's words for it otherwise, and refuses those that it cannot print.
  my @scope = ('systemd-run', '--scope', '--quiet', '--collect', '--slice=holdfast-commands', "--unit=$unit", '--description=A command of Holdfast', "--property=RuntimeMaxSec=$seconds", '--');
  exec { $scope[0] } @scope, @as, @shell or fail("systemd-run: $!");
}

sub take_frames {
  while (length($frames) >= 5) {
    my ($letter, $length) = unpack('aN', $frames);
    last if length($frames) < 5 + $length;
    my $content = substr($frames, 5, $length);
    substr($frames, 0, 5 + $length, '');
    if ($letter eq 'E') { start($content) }
    elsif ($letter eq 'I') { $input .= $content }
    elsif ($letter eq 'C') { $input_closed = 1 }
  }
}

sub give_input {
  return unless $in;
  my $written = $input eq '' ? 0 : syswrite($in, $input, PIECE_BYTES);
  # A command that takes no more of its input has its reasons: its exit code tells them.
  if (!defined $written) { return if $!{EAGAIN} || $!{EINTR}; $input_closed = 1; $input = ''; $written = 0 }
  substr($input, 0, $written, '');
  if ($input eq '' && $input_closed) { close($in); undef $in }
}

$SIG{CHLD} = sub { };
$SIG{PIPE} = 'IGNORE';
my $heard = time;
my $unheard = 0;
until (defined $status) {
  my ($readable, $writable) = ('', '');
  my $has_room = length($input) < $input_max;
  vec($readable, 0, 1) = 1 if $has_room;
  vec($writable, fileno($in), 1) = 1 if $in && ($input ne '' || $input_closed);
  my $ready = select($readable, $writable, undef, LOOK_SECONDS);
  if ($ready > 0 && $has_room && vec($readable, 0, 1)) {
    my $count = sysread(STDIN, $frames, PIECE_BYTES, length $frames);
    if (!$count) { $unheard = 1; last }
    $heard = time;
    take_frames();
  } elsif (!$has_room) { $heard = time }
  give_input() if $ready > 0 && $in && vec($writable, fileno($in), 1);
  if ($pid && waitpid($pid, POSIX::WNOHANG()) == $pid) { $status = $? }
  if (time - $heard > SILENCE_SECONDS) { $unheard = 1; last }
}
if ($pid) {
  open(my $null, '>', '/dev/null');
  open($errors, '>&', \\*STDERR);
  open(STDERR, '>&', $null);
  # Until the scope is made, systemd-run is a process of its own, which is not in it.
  if ($unheard) { kill('KILL', $pid) }
  end_all();
}
exit ${RUNNER_EXIT_CODES.unheard} if !defined $status;
if (!sysread($begun, my $told, 1)) { open(STDERR, '>&', $errors); fail('systemd or the account does not let it') }
my $code = $status & 127 ? 128 + ($status & 127) : $status >> 8;
syswrite($errors, "${OWN_CODE_LINE}\\n") if $code == ${RUNNER_EXIT_CODES.unheard};
exit $code;
`;
