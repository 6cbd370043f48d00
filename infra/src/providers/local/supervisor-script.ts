/**
 * Keeps one program running; outlives the process that started it. Plain POSIX shell, so that nothing of Holdfast needs to run
 * or to be installed for a server to be started again.
 *
 * What it is told stands in the file `token`: it goes on only while that holds its own token. The program's number is written
 * before the token is looked at, and whoever stops it removes the token before looking at the number: one of the two sees the
 * other. Locks are the kernel's, so they end with their holders, however these end: `supervisor.lock` lets one supervisor work
 * at a time, `run.lock` is inherited by the program and all its children, so that no second copy starts beside them.
 */
export const SUPERVISOR_SCRIPT = `#!/bin/sh
# sh supervise.sh SERVICE_DIRECTORY TOKEN UID GID PROGRAM [ARGUMENT...]; UID and GID are - where the user is kept.
directory=$1 token=$2 uid=$3 gid=$4
shift 4
umask 022
log_bytes_max=20971520
# Exit code of a start that found the last run's children still there.
left_behind=75

# FILE: "pid start boot token" of the calling process (a subshell has its own), whole or not at all.
identify() {
  read -r boot < /proc/sys/kernel/random/boot_id
  read -r line < /proc/self/stat
  pid=\${line%% *}
  started_of "$line"
  echo "$pid $started $boot $token" > "$directory/$1.$pid" && mv "$directory/$1.$pid" "$directory/$1"
}

# Field 22 of proc(5)'s stat; the name in brackets may hold blanks.
started_of() {
  set -- \${1##*) }
  started=\${20} state=$1
}

wanted() {
  { read -r current < "$directory/token"; } 2> /dev/null && [ "$current" = "$token" ]
}

child_lives() {
  { read -r child_pid child_started child_boot _ < "$directory/child"; } 2> /dev/null || return 1
  read -r boot < /proc/sys/kernel/random/boot_id
  [ "$child_boot" = "$boot" ] || return 1
  { read -r line < "/proc/$child_pid/stat"; } 2> /dev/null || return 1
  started_of "$line"
  [ "$started" = "$child_started" ] && [ "$state" != Z ]
}

# The program takes the place of this subshell: same number, a session of its own.
start() (
  exec 9>&- 8>> "$directory/run.lock"
  flock -w 5 8 || exit "$left_behind"
  identify child
  wanted || exit 0
  [ "$uid" = - ] && exec setsid -- "$@"
  exec setsid -- setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"
)

# What a program that has just ended leaves in its group. Later the number may be somebody else's.
end_rest() {
  kill -s KILL -- "-$1" 2> /dev/null
}

# Those have left the group, and are told by the lock that they still hold, by the number that start gave it.
end_holders() {
  for held in /proc/[0-9]*/fd/8; do
    [ "$(readlink "$held" 2> /dev/null)" = "$directory/run.lock" ] || continue
    holder=\${held#/proc/}
    kill -s KILL "\${holder%%/*}" 2> /dev/null
  done
}

# Bounds the log while the program writes to it: both append, so it goes on at the new beginning.
bound_log() {
  exec 7>> "$directory/log-keeper.lock" 8>&- 9>&-
  while sleep 10; do
    read -r _ _ _ parent _ < /proc/self/stat
    [ "$parent" = "$1" ] || exit 0
    size=$(stat -c %s "$directory/log") || exit 0
    [ "$size" -le "$log_bytes_max" ] || { cp "$directory/log" "$directory/log.1" && : > "$directory/log"; }
  done
}

exec 9>> "$directory/supervisor.lock"
flock -w 15 9 || exit 1
wanted || exit 0
identify supervisor
bound_log "$pid" &

adopted=
# A program whose supervisor was killed runs on, and is waited for by number.
while child_lives; do
  wanted || kill -s KILL 0
  adopted=$child_pid
  sleep 0.5
done
[ -z "$adopted" ] || end_rest "$adopted"

pause=1
while wanted; do
  read -r up _ < /proc/uptime
  begun=\${up%%.*}
  start "$@"
  code=$?
  wanted || break
  if [ "$code" -eq "$left_behind" ]; then
    end_holders
    continue
  fi
  if { read -r child_pid _ < "$directory/child"; } 2> /dev/null; then end_rest "$child_pid"; fi
  read -r up _ < /proc/uptime
  [ $((\${up%%.*} - begun)) -lt 60 ] || pause=1
  echo "holdfast: the program ended with $code; it is started again in $pause s" >&2
  sleep "$pause"
  pause=$((pause * 2))
  [ "$pause" -le 10 ] || pause=10
done
# Ends the log's keeper too, and its sleep.
kill -s KILL 0
`;
