import { ROOT_DIRECTORY } from './debian-place.js';

const APT = 'apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef';
const LISTS_AGE_MINUTES_MAX = 24 * 60;

export const UPDATE = `${APT} update`;
export const UPDATE_OLD_LISTS = `[ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -${LISTS_AGE_MINUTES_MAX} -print -quit)" ] || ${UPDATE}`;

/**
 * Debian's packages know how to replace those of the release before theirs, and no older ones: on Debian 12, unstable's OpenSSL
 * overwrites a file of the library that it replaces (dpkg refuses that), and Debian 13's does not. SUITE, then apt's command.
 */
export const BRIDGE = `case $suite in
  sid|unstable|forky|testing)
    if dpkg-query --show --showformat='\${db:Status-Status}' libssl3 2> /dev/null | grep -qx installed; then apt_get -t trixie libssl3t64; fi ;;
esac`;

/**
 * UNITS SUITE|- PACKAGES. Nothing that a package brings starts by itself: its units are masked before they are there, and
 * invoke-rc.d is told no (policy-rc.d) while we install; a machine's own policy is left as it is. What runs already may be restarted: a sshd
 * whose program is replaced lets nobody in until it is. What an installation that was killed left unfinished is finished first.
 */
export const INSTALL = `set -eu
units=$1 suite=$2 packages=$3
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ] || grep -q '^# holdfast' $policy; then
  trap 'rm -f '$policy EXIT
  printf '#!/bin/sh\\n# holdfast\\n[ "$1" != --quiet ] || shift\\nsystemctl --quiet is-active "$1" && exit 0\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
[ -z "$units" ] || systemctl --quiet mask $units
if [ "\${packages#*postgresql-}" != "$packages" ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  printf 'create_main_cluster = false\\n' > /etc/postgresql-common/createcluster.conf
fi
dpkg --configure -a --force-confold
apt_get() { ${APT} install --no-install-recommends "$@"; }
${BRIDGE}
target=
[ "$suite" = - ] || target="-t $suite"
apt_get $target $packages`;

/** FOLDER links|starters PACKAGE...: one for each of their programs. Names that a release of Debian or Ubuntu does not have are passed over. */
export const COLLECT_PROGRAMS = `set -eu
folder=$1 by=$2
shift 2
mkdir -p "$folder"
dpkg-query --listfiles "$@" 2> /dev/null | grep -E '^/usr/s?bin/.' | while read -r file; do
  place=$folder/\${file##*/}
  if [ "$by" = links ]; then ln -sfn "$file" "$place"; continue; fi
  printf '#!/bin/sh\\nexec %s "$@"\\n' "$file" > "$place.new"
  chmod 755 "$place.new"
  mv "$place.new" "$place"
done`;

/**
 * PROFILE. Lets a server that AppArmor confines use our folder, in the file that the profile reads for that purpose
 * (Ubuntu Server documentation, "AppArmor"). Does nothing on a machine without the profile; ends 1
 * where that has no such file. Loaded at each call, since one may have been killed before it did.
 */
export const ADMIT_OUR_FOLDER = `set -eu
profile=$1
[ -e "$profile" ] || exit 0
local=/etc/apparmor.d/local/\${profile##*/}
if ! grep -qE "^[[:space:]]*#?include .*<?local/\${profile##*/}" "$profile"; then
  echo "AppArmor's $profile keeps the server from ${ROOT_DIRECTORY} and reads no $local." >&2
  exit 1
fi
mkdir -p "\${local%/*}"
grep -qs '^# holdfast' "$local" || printf '%s\\n' '# holdfast' '${ROOT_DIRECTORY}/ r,' '${ROOT_DIRECTORY}/** rwk,' >> "$local"
enabled=/sys/module/apparmor/parameters/enabled
if [ -e $enabled ] && [ "$(cat $enabled)" = Y ]; then apparmor_parser --replace "$profile"; fi`;

/** Takes the same lines out again, wherever they are. A profile that is gone meanwhile needs no loading. */
export const NO_LONGER_ADMIT = `for local in /etc/apparmor.d/local/*; do
  grep -qs '^# holdfast$' "$local" || continue
  sed -i '/^# holdfast$/,+2d' "$local"
  profile=/etc/apparmor.d/\${local##*/}
  if [ -e "$profile" ] && [ "$(cat /sys/module/apparmor/parameters/enabled 2> /dev/null)" = Y ]; then apparmor_parser --replace "$profile"; fi
done`;
