/** Debian's release of the machines. */
export const DEBIAN_RELEASE = 'bookworm';

/** What a cloud provider's Debian has beside the smallest one, as far as Holdfast and people looking for a fault use it. */
const BASE_PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'procps', 'iproute2', 'iputils-ping', 'nftables', 'openssh-server', 'sudo', 'ca-certificates', 'rsync'];

/**
 * Only downloaded: a machine installs them by the same steps as any other, without the network's time. Debian's own; a machine
 * whose sources have others fetches those.
 */
const CACHED_PACKAGES = ['postgresql-15', 'redis-server', 'redis-sentinel', 'haproxy', 'mariadb-server', 'mariadb-backup', 'galera-4'];
const CACHED_FROM_BACKPORTS = ['valkey-server', 'valkey-sentinel'];

/** Have no meaning in a container, or fail in one. Networking is Docker's. */
const MASKED_UNITS = ['getty.target', 'console-getty.service', 'systemd-udevd.service', 'systemd-udevd-kernel.socket', 'systemd-udevd-control.socket', 'systemd-networkd.service', 'systemd-networkd.socket', 'systemd-firstboot.service', 'ssh.socket'];

/**
 * The recipe of the machines' image. The folder it is built in has `apt.conf` and `sources.list`; where the
 * latter is empty, the base image's own sources are used, with backports.
 * Packages are unpacked without waiting for the disk, as in the official image.
 * An empty machine-id is filled at first start; ssh makes its own keys then, so that no two machines share one.
 */
export const dockerfile = (base: string): string => `FROM ${base}
ENV DEBIAN_FRONTEND=noninteractive
COPY apt.conf /etc/apt/apt.conf.d/90holdfast
COPY sources.list /tmp/sources.list
RUN rm -f /etc/apt/apt.conf.d/docker-clean \\
 && if [ -s /tmp/sources.list ]; then mv /tmp/sources.list /etc/apt/sources.list && rm -f /etc/apt/sources.list.d/debian.sources; \\
    else sed -i 's/^Suites: ${DEBIAN_RELEASE} .*/& ${DEBIAN_RELEASE}-backports/' /etc/apt/sources.list.d/debian.sources; fi \\
 && echo 'APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/91keep \\
 && printf 'force-unsafe-io\\npath-exclude=/usr/share/doc/*\\npath-exclude=/usr/share/man/*\\npath-exclude=/usr/share/locale/*\\n' > /etc/dpkg/dpkg.cfg.d/holdfast \\
 && apt-get -q -o Acquire::Retries=3 update \\
 && apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends ${BASE_PACKAGES.join(' ')} \\
 && apt-get clean \\
 && rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id && : > /etc/machine-id \\
 && mkdir -p /etc/systemd/system/ssh.service.d \\
 && printf '[Service]\\nExecStartPre=\\nExecStartPre=/usr/bin/ssh-keygen -A\\nExecStartPre=/usr/sbin/sshd -t\\n' > /etc/systemd/system/ssh.service.d/keys.conf \\
 && ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target \\
 && systemctl mask ${MASKED_UNITS.join(' ')}
RUN apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends --download-only ${CACHED_PACKAGES.join(' ')} \\
 && apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends --download-only -t ${DEBIAN_RELEASE}-backports ${CACHED_FROM_BACKPORTS.join(' ')}
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
`;
