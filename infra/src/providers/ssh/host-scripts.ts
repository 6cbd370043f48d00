import { MARKER_PATH } from '@holdfast/domain';
import { ACCOUNT, ROOT_DIRECTORY } from '../debian/debian-place.js';
import { NO_LONGER_ADMIT } from '../debian/software-scripts.js';
import { namesIn, SOFTWARE_TABLE } from '../debian/software-table.js';

/**
 * Ends everything that runs for a machine, as root. `sh -c SCRIPT sh SECONDS`: services are asked to stop and have that long.
 * Units stay, and do not start again by themselves.
 */
export const END_EVERYTHING = `set -u
rm -f ${ROOT_DIRECTORY}/wanted/*
units=$(ls /etc/systemd/system 2> /dev/null | grep -x 'holdfast-.*[.]service')
if [ -n "$units" ]; then
  timeout "$1" systemctl --quiet stop $units || systemctl --quiet kill --signal=KILL $units
  systemctl --quiet stop $units
fi
systemctl --quiet kill --signal=KILL holdfast-commands.slice 2> /dev/null
# What has left its unit still is the account's.
if uid=$(id -u ${ACCOUNT} 2> /dev/null); then
  for round in 1 2 3 4 5 6 7 8 9 10; do
    left=
    for process in /proc/[0-9]*; do
      [ "$(stat -c %u "$process" 2> /dev/null)" = "$uid" ] || continue
      grep -q '^State:.*[ZX]' "$process/status" 2> /dev/null && continue
      left=yes
      kill -KILL "\${process#/proc/}" 2> /dev/null
    done
    [ -n "$left" ] || exit 0
    sleep 0.2
  done
  echo 'Processes of the account ${ACCOUNT} do not end.' >&2
  exit 1
fi
exit 0`;

/** Packages that engines and endpoints bring, as extended regular expressions of their names. */
const PACKAGES = SOFTWARE_TABLE.flatMap(({ packagings }) => namesIn(packagings)).map((name) => name.replace('#', '[0-9]+')).join('|');
const UNITS = SOFTWARE_TABLE.flatMap(({ units }) => units).join(' ');
/** Ours, and those that the packages above make and leave behind. */
const ACCOUNTS = [ACCOUNT, 'postgres', 'redis', 'valkey', 'mysql', 'haproxy', 'ssl-cert'].join(' ');
const APT = 'apt-get -q -y -o DPkg::Lock::Timeout=300';

/**
 * Takes away what a machine brought, as root, its marker last; may be repeated from any point. Packages that were there before stay, and
 * so do those that somebody else has asked for: of the others, ours go, and then what came with them and nobody needs.
 */
export const GIVE_BACK = `set -u
export DEBIAN_FRONTEND=noninteractive
rm -f /etc/systemd/system/holdfast-*.service /etc/systemd/system/multi-user.target.wants/holdfast-*.service /run/holdfast-services.lock
systemctl daemon-reload
systemctl --quiet reset-failed 'holdfast-*' 2> /dev/null
rm -rf ${ROOT_DIRECTORY}/data ${ROOT_DIRECTORY}/wanted
before=${ROOT_DIRECTORY}/before
if [ -f $before/packages ]; then
  installed() { dpkg-query --show --showformat='\${db:Status-Status} \${Package}\\n' | sed -n 's/^\\(installed\\|config-files\\) //p' | sort -u; }
  new() { installed | comm -13 $before/packages -; }
  ours=$(new | grep -xE '${PACKAGES}')
  if [ -n "$ours" ]; then
    ${APT} purge $ours || exit 1
    systemctl --quiet unmask ${UNITS}
  fi
  # What is only recommended or suggested by others came for ours alone.
  apt-get -s -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false autoremove 2> /dev/null | sed -n 's/^Remv \\([^ ]*\\).*/\\1/p' | sort -u > $before/unneeded
  theirs=$(new | comm -12 - $before/unneeded)
  if [ -n "$ours" ] && [ -n "$theirs" ]; then ${APT} purge $theirs || exit 1; fi
fi
if grep -qs '^# holdfast' /usr/sbin/policy-rc.d; then rm -f /usr/sbin/policy-rc.d; fi
if [ -f $before/accounts ]; then
  for account in ${ACCOUNTS}; do
    if ! grep -qx "$account" $before/accounts && id -u "$account" > /dev/null 2>&1; then userdel "$account" || exit 1; fi
    if ! grep -qx "$account" $before/groups && getent group "$account" > /dev/null; then groupdel "$account" || exit 1; fi
  done
fi
${NO_LONGER_ADMIT}
rm -rf /usr/local/lib/holdfast
find ${ROOT_DIRECTORY} -mindepth 1 -maxdepth 1 ! -path ${MARKER_PATH} -exec rm -rf {} +
rm -f ${MARKER_PATH}
rmdir ${ROOT_DIRECTORY} 2> /dev/null
exit 0`;

/**
 * Facts of a host as KEY=VALUE lines, as the account that logs in. Reads only.
 * systemd is process 1 where /run/systemd/system exists: sd_booted(3).
 */
export const INSPECT = `sed -n 's/^ID=/system=/p; s/^VERSION_ID=/version=/p' /etc/os-release 2> /dev/null
if [ -d /run/systemd/system ]; then echo systemd=yes; else echo systemd=no; fi
if [ "$(id -u)" = 0 ] || sudo -n true 2> /dev/null; then echo root=yes; else echo root=no; fi
place=/var/lib; [ ! -d ${ROOT_DIRECTORY} ] || place=${ROOT_DIRECTORY}
echo "disk=$(df -B1 --output=avail "$place" | tail -n 1)"
echo "cpus=$(nproc)"
echo "memory=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)"
echo "boot=$(cat /proc/sys/kernel/random/boot_id) $(sed 's/.*) //' /proc/1/stat | cut -d " " -f 20)"
if [ -e ${MARKER_PATH} ]; then echo "marker=$(cat ${MARKER_PATH})"; fi`;

/** Who listens on TCP ports, as root: `sh -c SCRIPT sh PORT...` answers lines PORT PID NAME; PID is 0 where it cannot be told. */
export const LISTENERS = `for port in "$@"; do
  hex=$(printf %04X "$port")
  inode=$(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | while read -r _ address _ state _ _ _ _ _ inode _; do
    if [ "\${address##*:}" = "$hex" ] && [ "$state" = 0A ]; then echo "$inode"; break; fi
  done)
  [ -n "$inode" ] || continue
  pid=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2> /dev/null | sed -n '1s|^/proc/\\([0-9]*\\)/.*|\\1|p')
  echo "$port \${pid:-0} $(cat "/proc/\${pid:-0}/comm" 2> /dev/null)"
done`;
