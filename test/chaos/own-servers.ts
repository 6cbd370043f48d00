import { MARKER_PATH } from '@holdfast/domain';
import { startSshContainers } from '../support/ssh-containers.js';
import type { TestStack } from '../support/test-stack.js';
import type { MachineGround } from './machines.js';

interface HostRow {
  readonly address: string;
  readonly status: string;
  readonly machineId?: string;
}

/**
 * Lines `command|service PID STARTED WORDS` of what runs for Holdfast in a container, seen from inside: services; what was started
 * over SSH, by whatever group it is in; and processes of accounts that are no more. Started as the kernel counts (proc_pid_stat(5),
 * field 22), so that a pid that is used again is another line.
 */
const RUNNING = `
sub text { open(my $file, '<', $_[0]) or return ''; local $/; return scalar(<$file>) // '' }
for my $process (glob '/proc/[0-9]*') {
  my ($pid) = $process =~ /(\\d+)$/;
  next unless text("$process/stat") =~ /^\\d+ \\((.*)\\) ([^ZX]) (.*)$/s;
  my ($name, $started, $group) = ($1, (split ' ', $3)[18], text("$process/cgroup"));
  my $kind = $group =~ m{/holdfast-[^/]*[.]service} ? 'service'
    : $group =~ m{/holdfast-commands[.]slice} || $group =~ m{/(ssh|sshd|user|session)\\b} && $name ne 'sshd' ? 'command'
    : !defined getpwuid((stat $process)[4] // 0) ? 'service' : next;
  my $words = text("$process/cmdline") =~ tr/\\0\\n/  /r;
  print "$kind $pid $started $name: " . substr($words, 0, 300) . "\\n";
}`;

/** Servers with systemd and a real sshd, each of which somebody brings when one more is needed: as root, and through sudo. */
export const ownServers = async (): Promise<MachineGround> => {
  const containers = await startSshContainers();
  const asTheyWere = new Map<string, readonly string[]>();

  const bring = async (stack: TestStack, options: Parameters<typeof containers.start>[0]): Promise<void> => {
    const { address, user } = await containers.start(options);
    asTheyWere.set(address, await containers.stateOf(address));
    const added = await stack.api.post('/hosts', { address, user, privateKey: containers.privateKey });
    const { body } = added.status === 201 ? await stack.api.post(`/hosts/${String(added.body['id'])}/check`, {}) : added;
    if (body['status'] !== 'free') throw new Error(`${address} was not taken: ${JSON.stringify(body)}`);
  };
  const running = async (address: string): Promise<string[]> =>
    (await containers.inside(address, 'perl', '-e', RUNNING)).split('\n').filter((line) => line !== '').map((line) => `${address}: ${line}`);

  /** What serves nobody is as it was; what serves carries the marker of what it is said to serve. */
  const wrongOn = async ({ address, status, machineId }: HostRow): Promise<string[]> => {
    if (status !== 'free') {
      const marker = await containers.inside(address, 'cat', MARKER_PATH).catch(() => 'no marker');
      return machineId !== undefined && marker.includes(`"machineId":"${machineId}"`) ? [] : [`${address} is ${status} for ${machineId}, and carries ${marker}`];
    }
    const [before, now] = [asTheyWere.get(address) ?? [], await containers.stateOf(address)];
    const difference = [...now.filter((line) => !before.includes(line)).map((line) => `more: ${line}`), ...before.filter((line) => !now.includes(line)).map((line) => `less: ${line}`)];
    return [...difference.map((line) => `${address}: ${line}`), ...(await running(address))];
  };

  return {
    env: {},
    provide: async (stack, count) => {
      const free = (await hostsOf(stack)).filter(({ status }) => status === 'free').length;
      await Promise.all(Array.from({ length: Math.max(0, count - free) }, (_, at) => bring(stack, at % 2 === 0 ? {} : { sudo: 'without-password' })));
    },
    remains: async (stack) => (await Promise.all((await hostsOf(stack)).map(wrongOn))).flat(),
    commands: async () => (await Promise.all([...asTheyWere.keys()].map(running))).flat().filter((line) => line.includes(': command ')),
    stop: () => containers.stop(),
  };
};

const hostsOf = async (stack: TestStack): Promise<readonly HostRow[]> => (await stack.api.get('/hosts')).body['items'];
