import { WANTED_DIRECTORY } from './debian-place.js';

/** Exit codes of the services script. */
export const SERVICE_EXIT_CODES = { stillRunning: 124, notRunning: 46 } as const;

/**
 * Changes one service of a Debian machine, as root; changes of one machine's services happen one after the other.
 *
 * A unit is started only while its file is in the folder of wanted services (ConditionPathExists): that is how one stays stopped
 * at once and over reboots, although systemd starts again whatever ends. `systemctl stop` is not used while the program runs: it
 * cannot be taken back when the program does not stop in time.
 */
export const SERVICES_SCRIPT = `#!/bin/sh
# sh services.sh ensure|stop|reload|remove SERVICE [ARGUMENT...]
set -eu
verb=$1 name=$2
shift 2
unit=holdfast-$name.service
file=/etc/systemd/system/$unit
wanted=${WANTED_DIRECTORY}/$name
enabled=/etc/systemd/system/multi-user.target.wants/$unit

property() { systemctl show --value --property="$1" "$unit"; }

signal_main() { systemctl --quiet kill --kill-who=main --signal="$1" "$unit" 2> /dev/null; }

# Waits for the program that had this number; a number given again soon after is not taken for it by its unit.
main_is_gone_within() {
  deadline=$(($(date +%s%3N) + $1))
  while [ -d "/proc/$main" ] && [ "$(property MainPID)" = "$main" ]; do
    [ "$(date +%s%3N)" -lt "$deadline" ] || return 1
    sleep 0.02
  done
}

# SIGNAL MILLISECONDS KILL(yes|no): also what the program left behind, and a start that systemd has planned.
stop() {
  [ -f "$file" ] || return 0
  rm -f "$wanted"
  sync ${WANTED_DIRECTORY}
  main=$(property MainPID)
  if [ "$main" != 0 ]; then
    signal_main "$1" || :
    if ! main_is_gone_within "$2"; then
      if [ "$3" = no ]; then
        : > "$wanted"
        return ${SERVICE_EXIT_CODES.stillRunning}
      fi
      systemctl --quiet kill --signal=KILL "$unit" || :
    fi
  fi
  systemctl --quiet stop "$unit"
}

# The unit's text is our standard input.
ensure() {
  text=$(cat; echo .)
  text=\${text%.}
  is_same=no
  if [ -f "$file" ]; then
    if [ "$(cat "$file"; echo .)" = "$text." ]; then is_same=yes; else stop "$(property KillSignal)" 90000 yes; fi
  fi
  if [ "$is_same" = no ]; then
    printf %s "$text" > "$file.unfinished"
    sync "$file.unfinished"
    # As 'systemctl enable' does, which would have systemd read all units once more.
    mkdir -p "\${enabled%/*}"
    ln -sfn "$file" "$enabled"
    mv "$file.unfinished" "$file"
    systemctl daemon-reload
  fi
  [ -L "$enabled" ] || systemctl --quiet enable "$unit"
  : > "$wanted"
  sync "$wanted" ${WANTED_DIRECTORY}
  case $(property SubState) in
    running) ;;
    # Does not wait for the pause before the next start.
    *) systemctl --quiet restart "$unit" || : ;;
  esac
  # A program that cannot be started is told by the unit's state and log; a unit that cannot be loaded is our fault.
  [ "$(property LoadState)" = loaded ] || { echo "systemd does not take $unit: $(property LoadError)" >&2; exit 1; }
}

reload() {
  main=$([ -f "$file" ] && property MainPID || echo 0)
  [ "$main" != 0 ] && signal_main "$1" || exit ${SERVICE_EXIT_CODES.notRunning}
}

remove() {
  if [ -f "$file" ]; then stop "$(property KillSignal)" 90000 yes; fi
  rm -f "$wanted" "$file" "$enabled"
  if [ "$(property LoadState)" != not-found ]; then
    systemctl daemon-reload
    systemctl --quiet reset-failed "$unit" 2> /dev/null || :
  fi
}

exec 9> /run/holdfast-services.lock
flock -w 180 9
"$verb" "$@"
`;
