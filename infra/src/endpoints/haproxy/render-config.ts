import type { Backend, MemberCheck } from '@holdfast/domain';
import { renderMysqlCheck } from './mysql-check.js';
import { REPLICA_SLOTS, type RoutingState } from './routing-state.js';
import { WAIT_MS } from './wait-script.js';

export const CONFIG_FILE = 'haproxy.cfg';
export const WAIT_SCRIPT_FILE = 'wait-for-server.lua';
/** Relative, like all paths here: a socket's address holds at most 107 bytes, and HAProxy runs in the machine's data directory. */
export const SOCKET_FILE = 'admin.sock';
export const READ_WRITE = 'read_write';
export const READ_ONLY = 'read_only';
export const PRIMARY_SLOT = 'primary';
export const replicaSlot = (index: number): string => `replica${index + 1}`;

/** Connections of both addresses together. Each takes two file descriptors, and memory only while it is used. */
const CONNECTIONS_MAX = 4000;
/** Nobody listens there; a free slot is disabled anyway. */
export const NOWHERE = { host: '127.0.0.1', port: 1 };
const STATE_MARK = '# holdfast ';

/** HAProxy's configuration file. The first line holds what it was made from, so that it can be read again. */
export const renderConfig = (address: string, state: RoutingState): string => `${STATE_MARK}${JSON.stringify(state)}
# Written by Holdfast at every change of routing, and followed at HAProxy's next start: the running one is told directly.
global
  maxconn ${CONNECTIONS_MAX}
  nbthread 1
  no strict-limits
  stats socket unix@${SOCKET_FILE} mode 600 level admin
  stats timeout 30s
  lua-load ${WAIT_SCRIPT_FILE}

defaults
  mode tcp
  maxconn ${CONNECTIONS_MAX}
  timeout connect 2s
  timeout client 24h
  timeout server 24h
  timeout client-fin 30s
  option clitcpka
  option srvtcpka
  # A server that refuses is tried again each second, on another replica where there is one.
  retries 10
  option redispatch 1

frontend ${READ_WRITE}
  bind ${hostAndPort({ host: address, port: state.ports.readWrite })}
  tcp-request inspect-delay ${WAIT_MS + 1000}ms
  tcp-request content lua.wait_for_server ${READ_WRITE} ${state.allTakeWrites === true ? READ_ONLY : READ_WRITE}
${state.allTakeWrites === true ? `  use_backend ${READ_ONLY} if { nbsrv(${READ_WRITE}) eq 0 }\n` : ''}  default_backend ${READ_WRITE}

frontend ${READ_ONLY}
  bind ${hostAndPort({ host: address, port: state.ports.readOnly })}
  tcp-request inspect-delay ${WAIT_MS + 1000}ms
  tcp-request content lua.wait_for_server ${READ_ONLY} ${READ_WRITE}
  use_backend ${READ_WRITE} if { nbsrv(${READ_ONLY}) eq 0 }
  default_backend ${READ_ONLY}

${state.allTakeWrites === true ? checkedWriter(state) : UNCHECKED_WRITER}
${server(PRIMARY_SLOT, state.readWrite)}

backend ${READ_ONLY}
  balance leastconn
${state.check ? askedMembers(state.check) : CHECK}
${state.allTakeWrites === true ? oneAfterTheOther(state) : ''}${state.replicas.map((backend, index) => server(replicaSlot(index), backend)).join('\n')}
`;

const CHECK = '  default-server check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions';
const UNCHECKED_WRITER = `# Not checked: whom it leads to is decided by operations, never by HAProxy.
backend ${READ_WRITE}`;
/** It is given up after five seconds, as groups do with a member (evs.suspect_timeout of Galera): no sooner, since that ends its connections. */
const LISTENING_WRITER = '  default-server check inter 1s fall 5 rise 2 on-marked-down shutdown-sessions';
/**
 * One that refuses connections, or says that it is no full member, is left within two seconds, and within a moment once a client was
 * refused. One that hangs has 2 seconds for each of five answers: about as long as its group has patience with it.
 */
const ASKED =
  '  timeout check 2s\n  default-server check inter 1s fastinter 200ms fall 5 rise 2 observe layer4 error-limit 1 on-error sudden-death on-marked-down shutdown-sessions';

const askedMembers = (check: MemberCheck): string => `${renderMysqlCheck(check)}${ASKED}`;
const checkedWriter = ({ check }: RoutingState): string => `# Checked: any other server may take its place, and gives it back.
backend ${READ_WRITE}
${check ? askedMembers(check) : LISTENING_WRITER}`;

/** Writers are led to one server and not spread, since transactions at two of them may meet the same row. A rule whose server is away does not count. */
const oneAfterTheOther = ({ replicas }: RoutingState): string =>
  replicas.map((_, index) => `  use-server ${replicaSlot(index)} if { fe_name ${READ_WRITE} }\n`).join('');

const server = (slot: string, backend: Backend | undefined): string => `  server ${slot} ${hostAndPort(backend ?? NOWHERE)}${backend ? '' : ' disabled'}`;

const hostAndPort = ({ host, port }: { host: string; port: number }): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What a file written by renderConfig was made from. Throws when it is not such a file. */
export const readState = (config: string): RoutingState => {
  const [first = ''] = config.split('\n', 1);
  if (!first.startsWith(STATE_MARK)) throw new Error('The configuration of HAProxy was not written by Holdfast.');
  const state = JSON.parse(first.slice(STATE_MARK.length)) as Pick<RoutingState, 'ports' | 'readWrite' | 'allTakeWrites'> & { replicas: (Backend | null)[] };
  return { ...state, readWrite: state.readWrite, replicas: Array.from({ length: REPLICA_SLOTS }, (_, slot) => state.replicas[slot] ?? undefined) };
};
