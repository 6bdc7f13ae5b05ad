import type { ConfigFile } from '../../cloud/service.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { type Chart, internalHost, replicasOf } from '../../render/chart.js';
import { iniFile, type Script, script, textFile } from '../../render/files.js';
import { firstStartLines } from './accounts.js';
import { databaseReady, databaseStart } from './scripts.js';

export const discovery = 'mariadb-discovery';

export function databaseFiles(chart: Chart): readonly ConfigFile[] {
  const { secrets } = chart.cloud;
  const admin = secrets.user(sharedCredentials.databaseAdmin);
  const replication = secrets.user('mariadb-replication');
  return [
    serverFile(chart, replication),
    iniFile(
      chart,
      { path: '/etc/mysql/admin.cnf' },
      {
        client: { user: admin.username, password: admin.password, socket: '/run/mysqld/mysqld.sock' },
      },
    ),
    textFile(chart, { path: '/etc/mysql/first-start.sql' }, firstStartLines(secrets)),
  ];
}

/** Every transaction reaches all members before it is acknowledged, so that durability is the cluster's, not one disk's. */
function serverFile(chart: Chart, replication: { username: string; password: string }): ConfigFile {
  const count = replicasOf(chart, 'server');
  const host = internalHost(chart.cloud, discovery);
  const members = Array.from({ length: count }, (_, index) => `mariadb-server-${index}.${host}`);
  return iniFile(
    chart,
    { path: '/etc/mysql/mariadb.conf.d/99-keelson.cnf', values: ['database'] },
    {
      mysqld: {
        bind_address: '0.0.0.0',
        port: 3306,
        datadir: '/var/lib/mysql/data',
        socket: '/run/mysqld/mysqld.sock',
        skip_name_resolve: 1,
        character_set_server: 'utf8mb3',
        collation_server: 'utf8mb3_general_ci',
        max_connections: 8192,
        wait_timeout: 3600,
        max_allowed_packet: '64M',
        innodb_buffer_pool_size: '1024M',
        innodb_log_file_size: '512M',
        innodb_flush_method: 'O_DIRECT',
        innodb_flush_log_at_trx_commit: 2,
        innodb_file_per_table: 1,
        innodb_autoinc_lock_mode: 2,
        binlog_format: 'ROW',
        default_storage_engine: 'InnoDB',
        wsrep_on: count > 1 ? 'ON' : 'OFF',
        wsrep_provider: '/usr/lib/galera/libgalera_smm.so',
        wsrep_cluster_name: `${chart.cloud.name}-mariadb`,
        wsrep_cluster_address: `gcomm://${members.join(',')}`,
        wsrep_sst_method: 'mariabackup',
        wsrep_sst_auth: `${replication.username}:${replication.password}`,
        wsrep_slave_threads: 4,
        wsrep_provider_options: 'gcache.size=1G; gcs.fc_limit=160; pc.recovery=true',
      },
    },
  );
}

export function databaseScripts(chart: Chart): readonly Script[] {
  return [script(chart, 'mariadb-start.sh', databaseStart), script(chart, 'mariadb-ready.sh', databaseReady)];
}
