import Docker from 'dockerode';

/**
 * With Debian's libfaketime. The clock that measures how long something takes is left alone, as on a computer whose clock is off. The C
 * library is named after it: jemalloc, which Valkey and Redis have, asks for the time when it is loaded, before it can be answered.
 */
const CLOCK_AHEAD = `set -e
export DEBIAN_FRONTEND=noninteractive
install='apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 install --no-install-recommends libfaketime'
$install > /tmp/faketime.log 2>&1 || { apt-get -q update && $install; } > /tmp/faketime.log 2>&1 || { cat /tmp/faketime.log; exit 1; }
library=$(dpkg --listfiles libfaketime | grep 'libfaketime.so.1$')
preload=$library:$(ldconfig -p | sed -n 's/^.*libc\\.so\\.6 .* => //p' | head -n 1)
unit=$(cd /etc/systemd/system; ls holdfast-*.service)
mkdir -p /etc/systemd/system/$unit.d
printf '[Service]\\nEnvironment=LD_PRELOAD=%s FAKETIME=+1h DONT_FAKE_MONOTONIC=1\\n' $preload > /etc/systemd/system/$unit.d/clock.conf
systemctl daemon-reload
systemctl restart $unit
main=$(systemctl show --value --property=MainPID $unit)
grep -qz '^FAKETIME=+1h' /proc/$main/environ && grep -q libfaketime /proc/$main/maps || { echo 'the server has no other clock'; exit 1; }
[ $(($(LD_PRELOAD=$preload FAKETIME=+1h date +%s) - $(date +%s))) -ge 3599 ] && echo ahead`;

/**
 * Restarts the only service of a machine that is a container, with a clock that is an hour ahead. Containers share the clock of their
 * computer, and Linux has no namespace for it: a library fakes it for the server and what it starts. Throws with what was said.
 */
export const putClockAhead = async (socketPath: string, containerName: string): Promise<void> => {
  const exec = await new Docker({ socketPath }).getContainer(containerName).exec({ Cmd: ['sh', '-c', CLOCK_AHEAD], AttachStdout: true, AttachStderr: true, Tty: true });
  let said = '';
  for await (const piece of await exec.start({ Tty: true })) said += String(piece);
  if (said.trim().split('\n').at(-1)?.trim() !== 'ahead') throw new Error(`The clock of ${containerName} could not be put ahead: ${said.trim()}`);
};
