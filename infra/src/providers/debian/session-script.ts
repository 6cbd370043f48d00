/** A frame of the session's that says that a command could not be begun. */
export const NOT_BEGUN = 'F';

/**
 * Runs short scripts of ours on a Debian machine one after the other, so that each costs a fork and not a program started through the
 * connection. They leave nothing running, and so need no control group: each is a process group, which is killed when standard input
 * ends. In Perl, as the runner: see runner-script.ts.
 *
 * Both ways go frames: a letter, the length of what follows (32 bits, big-endian), and that. To it: `J` a command, as USER|-
 * DIRECTORY PROGRAM ARGUMENT... with NUL between; `E` its environment as KEY=VALUE with NUL after each; `I` its input; `C` no more
 * input, which begins it; `.` a sign of life. From it: `O` and `R` output and errors; `X` the exit code, as a shell counts; `F` why it
 * could not be begun. Silence for 45 s ends the session, as the end of its input does.
 */
export const SESSION_SCRIPT = `#!/usr/bin/perl
# perl session.pl
use strict;
use warnings;
use IO::Handle ();
use POSIX ();
use constant { SILENCE_SECONDS => 45, PIECE_BYTES => 65536, LOOK_SECONDS => 5 };

my ($frames, $heard) = ('', time);
$SIG{PIPE} = 'IGNORE';

sub say_frame {
  my $text = pack('aN', $_[0], length $_[1]) . $_[1];
  while ($text ne '') {
    my $written = syswrite(STDOUT, $text);
    if (defined $written) { substr($text, 0, $written, '') }
    elsif (!$!{EINTR}) { exit }
  }
}

sub hear {
  my $count = sysread(STDIN, $frames, PIECE_BYTES, length $frames);
  $heard = time if $count;
  return $count;
}

sub next_frame {
  return if length($frames) < 5;
  my ($letter, $length) = unpack('aN', $frames);
  return if length($frames) < 5 + $length;
  my $content = substr($frames, 5, $length);
  substr($frames, 0, 5 + $length, '');
  return ($letter, $content);
}

sub become {
  my ($in, $out, $err, $environment, $user, $directory, @command) = @_;
  setpgrp(0, 0);
  POSIX::dup2(fileno($in), 0);
  POSIX::dup2(fileno($out), 1);
  POSIX::dup2(fileno($err), 2);
  $SIG{PIPE} = 'DEFAULT';
  %ENV = map { split /=/, $_, 2 } split /\\0/, $environment;
  my @as = $user eq '-' ? () : ('setpriv', "--reuid=$user", "--regid=$user", '--init-groups', '--');
  my @whole = (@as, 'sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'sh', $directory, @command);
  { no warnings; exec { $whole[0] } @whole }
  syswrite(STDERR, "$whole[0]: $!\\n");
  POSIX::_exit(126);
}

sub run {
  my ($job, $environment, $input) = @_;
  my @words = split /\\0/, $job, -1;
  my @pipes;
  for (1 .. 3) { pipe(my $read, my $write) or return say_frame('${NOT_BEGUN}', "pipe: $!"); push @pipes, [$read, $write] }
  my $pid = fork // return say_frame('${NOT_BEGUN}', "fork: $!");
  my ($in, $out, $err) = ($pipes[0][1], $pipes[1][0], $pipes[2][0]);
  become($pipes[0][0], $pipes[1][1], $pipes[2][1], $environment, @words) if $pid == 0;
  setpgrp($pid, $pid);
  close($pipes[0][0]); close($pipes[1][1]); close($pipes[2][1]);
  $in->blocking(0);
  my %open = (O => $out, R => $err);
  while (%open) {
    if ($in && $input eq '') { close($in); undef $in }
    my ($readable, $writable) = ('', '');
    vec($readable, fileno($_), 1) = 1 for \\*STDIN, values %open;
    vec($writable, fileno($in), 1) = 1 if $in;
    my $ready = select($readable, $writable, undef, LOOK_SECONDS);
    if (time - $heard > SILENCE_SECONDS || $ready > 0 && vec($readable, 0, 1) && !hear()) { kill('KILL', -$pid); exit }
    next if $ready <= 0;
    if ($in && vec($writable, fileno($in), 1)) {
      my $written = syswrite($in, $input, PIECE_BYTES);
      # A command that takes no more of its input has its reasons: its exit code tells them.
      if (defined $written) { substr($input, 0, $written, '') } elsif (!$!{EAGAIN} && !$!{EINTR}) { $input = '' }
    }
    for my $letter (keys %open) {
      next if !vec($readable, fileno($open{$letter}), 1);
      my $count = sysread($open{$letter}, my $piece, PIECE_BYTES);
      if ($count) { say_frame($letter, $piece) } elsif (defined $count || !$!{EINTR}) { close(delete $open{$letter}) }
    }
  }
  close($in) if $in;
  waitpid($pid, 0);
  say_frame('X', $? & 127 ? 128 + ($? & 127) : $? >> 8);
}

my ($job, $environment, $input) = ('', '', '');
while (1) {
  while (my ($letter, $content) = next_frame()) {
    if ($letter eq 'J') { ($job, $environment, $input) = ($content, '', '') }
    elsif ($letter eq 'E') { $environment = $content }
    elsif ($letter eq 'I') { $input .= $content }
    elsif ($letter eq 'C') { run($job, $environment, $input) }
  }
  my $readable = '';
  vec($readable, 0, 1) = 1;
  exit if select($readable, undef, undef, SILENCE_SECONDS) == 0 || !hear();
}
`;
