/** What a person would type on machines of Debian to make a database with two replicas: scripts for `sh -s` as root. */
export interface RawEngine {
  readonly name: string;
  readonly version: string;
  /** Suites of Debian that the machines' image needs beside its own. */
  readonly from?: readonly string[];
  /** Arguments of an `apt-get install` that must come first. */
  readonly before?: readonly string[];
  /** Arguments of `apt-get install`. */
  readonly packages: readonly string[];
  /** Debian's own units, which must not start by themselves. */
  readonly units: readonly string[];
  readonly ports: { readonly readWrite: number; readonly readOnly: number };
  /** On the first machine; `$SELF` is its address, `$NODE` its number. */
  readonly primary: string;
  /** Makes the replica's copy, for engines that copy by a stream from one machine to the other: its writer, and its reader. */
  readonly stream?: { readonly from: string; readonly into: string };
  /** On each of the others, at once; `$PRIMARY` is the first one's address. */
  readonly replica: string;
  /** Ends well once the replica follows and has everything. On the replica. */
  readonly follows: string;
  /** Ends well once an application gets its answer through the endpoint `$ENDPOINT`. On the first machine. */
  readonly serves: string;
}

const ACCOUNT = 'id db > /dev/null 2>&1 || useradd --system --home-dir /var/lib/holdfast db; install -d -o db -g db -m 700 /var/lib/holdfast/data; cd /var/lib/holdfast/data';
const unit = (command: string): string => `systemd-run --quiet --unit=database --uid=db --gid=db --property=Restart=always --property=WorkingDirectory=/var/lib/holdfast/data ${command}`;
const until = (command: string): string => `until ${command}; do sleep 0.05; done`;

/** PostgreSQL of a major, or with an extension. */
const postgresql = (given: Pick<RawEngine, 'name' | 'version' | 'packages' | 'from'>, { options = '', extend = '' } = {}): RawEngine => {
  const bin = `/usr/lib/postgresql/${given.version}/bin`;
  const start = `${unit(`${bin}/postgres -D /var/lib/holdfast/data/pgdata -c listen_addresses=$SELF -c unix_socket_directories=/var/lib/holdfast/data -c wal_log_hints=on${options}`)}
${until(`runuser -u db -- ${bin}/pg_isready -q -h $SELF`)}`;
  return {
    ...given,
    units: ['postgresql.service'],
    ports: { readWrite: 5432, readOnly: 5433 },
    primary: `${ACCOUNT}
echo benchmark > password; chown db password
runuser -u db -- ${bin}/initdb -D pgdata -U postgres --pwfile=password -A scram-sha-256 -E UTF8 --data-checksums --no-instructions > /dev/null
printf 'host all all 0.0.0.0/0 scram-sha-256\\nhost replication all 0.0.0.0/0 scram-sha-256\\n' >> pgdata/pg_hba.conf
${start}
export PGPASSWORD=benchmark PGHOST=$SELF PGUSER=postgres
psql -q -c "create role replicator replication login password 'benchmark'" -c "create role app login password 'benchmark'"
createdb -O app app
${extend}`,
    replica: `${ACCOUNT}
PGPASSWORD=benchmark runuser -u db -- ${bin}/pg_basebackup -d "host=$PRIMARY user=replicator application_name=n$NODE" -D pgdata -X stream -c fast -C -S n$NODE -R
${start}`,
    follows: `export PGPASSWORD=benchmark PGHOST=$PRIMARY PGUSER=postgres
${until(`[ "$(psql -qtA -c "select 1 from pg_stat_replication where application_name = 'n$NODE' and state = 'streaming' and replay_lsn = sent_lsn")" = 1 ]`)}`,
    serves: `export PGPASSWORD=benchmark PGCONNECT_TIMEOUT=5
${until('psql -qtA "host=$ENDPOINT user=app dbname=app" -c "select 1" > /dev/null 2>&1')}`,
  };
};

const TIMESCALEDB = postgresql(
  { name: 'timescaledb', version: '17', from: ['trixie'], packages: ['-t', 'trixie', 'postgresql-17-timescaledb', 'postgresql-17'] },
  { options: ' -c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off -c max_worker_processes=19', extend: 'psql -q -d app -c "create extension timescaledb" 2> /tmp/extension-log' },
);

const keyValue = (name: 'valkey' | 'redis', version: string, packages: readonly string[]): RawEngine => {
  const ask = (host: string): string => `${name}-cli -h ${host} -a benchmark --no-auth-warning`;
  const start = (more: string): string => `${ACCOUNT}
printf '%s\\n' "bind $SELF" 'port 6379' 'requirepass benchmark' 'masterauth benchmark' 'appendonly yes' 'dir /var/lib/holdfast/data' 'repl-diskless-sync-delay 0' ${more} > server.conf
chown db server.conf
${unit(`/usr/bin/${name}-server /var/lib/holdfast/data/server.conf`)}
${until(`${ask('$SELF')} ping > /dev/null 2>&1`)}`;
  return {
    name,
    version,
    packages,
    units: [`${name}-server.service`, `${name}-sentinel.service`],
    ports: { readWrite: 6379, readOnly: 6380 },
    primary: start(''),
    replica: start('"replicaof $PRIMARY 6379"'),
    follows: until(`${ask('$SELF')} info replication | grep -q master_link_status:up`),
    serves: until(`${ask('$ENDPOINT')} ping > /dev/null 2>&1`),
  };
};

const START_MARIADB = `cat > my.cnf << END
[mariadbd]
datadir=/var/lib/holdfast/data/db
bind_address=$SELF
socket=/var/lib/holdfast/data/db/server.sock
server_id=$NODE
log_bin=binlog
log_slave_updates=1
gtid_strict_mode=1
sync_binlog=1
innodb_flush_log_at_trx_commit=1
END
${unit('/usr/sbin/mariadbd --defaults-file=/var/lib/holdfast/data/my.cnf')}
${until('mariadb-admin --socket=db/server.sock -u root ping > /dev/null 2>&1')}`;

const MARIADB: RawEngine = {
  name: 'mariadb',
  version: '10.11',
  packages: ['mariadb-server', 'mariadb-backup', 'galera-4', 'rsync'],
  units: ['mariadb.service'],
  ports: { readWrite: 3306, readOnly: 3307 },
  primary: `${ACCOUNT}
mariadb-install-db --no-defaults --user=db --datadir=/var/lib/holdfast/data/db --auth-root-authentication-method=normal --skip-test-db > /dev/null
${START_MARIADB}
mariadb --socket=db/server.sock -u root -e "create user replicator identified by 'benchmark'; grant replication slave on *.* to replicator; create database app; create user app identified by 'benchmark'; grant all on app.* to app"`,
  stream: {
    from: 'mariadb-backup --no-defaults --backup --stream=xbstream --user=root --socket=/var/lib/holdfast/data/db/server.sock --datadir=/var/lib/holdfast/data/db --target-dir=/tmp 2> /tmp/backup-log',
    into: `${ACCOUNT}; install -d -o db -m 700 db; mbstream -x -C db`,
  },
  replica: `${ACCOUNT}
mariadb-backup --no-defaults --prepare --target-dir=/var/lib/holdfast/data/db 2> /tmp/prepare-log
chown -R db:db db
seed=$(cut -f3 db/xtrabackup_binlog_info)
${START_MARIADB}
mariadb --socket=db/server.sock -u root -e "set global read_only=1; set global gtid_slave_pos='$seed'; change master to master_host='$PRIMARY', master_user='replicator', master_password='benchmark', master_use_gtid=slave_pos; start slave"`,
  follows: `cd /var/lib/holdfast/data; ${until("mariadb --socket=db/server.sock -u root -e 'show slave status\\G' | grep -q 'Seconds_Behind_Master: 0'")}`,
  serves: until("mariadb -h $ENDPOINT -u app -pbenchmark app -e 'select 1' > /dev/null 2>&1"),
};

const START_MYSQL = `cat > my.cnf << END
[mysqld]
datadir=/var/lib/holdfast/data/db
bind_address=$SELF
socket=/var/lib/holdfast/data/db/server.sock
server_id=$NODE
log_bin=binlog
gtid_mode=ON
enforce_gtid_consistency=ON
sync_binlog=1
innodb_flush_log_at_trx_commit=1
mysqlx=0
performance_schema=OFF
plugin_load_add=mysql_clone.so
secure_file_priv=NULL
END
${unit('/usr/sbin/mysqld --defaults-file=/var/lib/holdfast/data/my.cnf')}`;
const MYSQL_ANSWERS = until('mysqladmin --socket=db/server.sock -u root ping > /dev/null 2>&1');
const START_NEW_MYSQL = `${ACCOUNT}
runuser -u db -- /usr/sbin/mysqld --no-defaults --initialize-insecure --datadir=/var/lib/holdfast/data/db 2> /tmp/initialize-log
${START_MYSQL}
${MYSQL_ANSWERS}`;

const MYSQL: RawEngine = {
  name: 'mysql',
  version: '9.7',
  from: ['trixie', 'sid'],
  before: ['-t', 'trixie', 'libssl3t64'],
  packages: ['-t', 'sid', 'mysql-server-core', 'mysql-client-core'],
  units: [],
  ports: { readWrite: 3306, readOnly: 3307 },
  primary: `${START_NEW_MYSQL}
mysql --socket=db/server.sock -u root -e "create user replicator identified by 'benchmark'; grant replication slave, backup_admin on *.* to replicator; create database app; create user app identified by 'benchmark'; grant all on app.* to app"`,
  // One copy at a time. It takes the place of the replica's own files, and its server ends (3707): systemd starts it again.
  replica: `${START_NEW_MYSQL}
mysql --socket=db/server.sock -u root -e "set global clone_valid_donor_list='$PRIMARY:3306'"
${until(`copy=$(mysql --socket=db/server.sock -u root -e "clone instance from replicator@'$PRIMARY':3306 identified by 'benchmark'" 2>&1) || [ "\${copy#*ERROR 3707}" != "$copy" ]`)}
${until('mysql --socket=db/server.sock -u root -e "change replication source to source_host=\'$PRIMARY\', source_user=\'replicator\', source_password=\'benchmark\', source_auto_position=1, get_source_public_key=1; start replica" 2> /tmp/follow-log')}
mysql --socket=db/server.sock -u root -e "set global super_read_only=1"`,
  follows: `cd /var/lib/holdfast/data; ${until("mysql --socket=db/server.sock -u root -E -e 'show replica status' | grep -q 'Seconds_Behind_Source: 0'")}`,
  serves: until("mysql -h $ENDPOINT -u app -pbenchmark app -e 'select 1' > /dev/null 2>&1"),
};

export const RAW_ENGINES: readonly RawEngine[] = [
  postgresql({ name: 'postgresql', version: '15', packages: ['postgresql-15'] }),
  keyValue('valkey', '8', ['-t', 'bookworm-backports', 'valkey-server', 'valkey-tools', 'valkey-sentinel']),
  keyValue('redis', '7', ['redis-server', 'redis-tools', 'redis-sentinel']),
  MARIADB,
  MYSQL,
  TIMESCALEDB,
];
