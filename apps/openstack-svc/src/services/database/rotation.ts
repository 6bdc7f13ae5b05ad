import type { Credential } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import type { RotationParts } from '../../conventions/assemble.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { commandJob, type PreparedJob } from '../../conventions/jobs.js';
import { type Chart, internalHost } from '../../render/chart.js';
import { iniFile, script, textFile } from '../../render/files.js';
import { accountLines, removalLines } from './accounts.js';

/** New accounts are made by the administrator in force, old ones removed by the one who has followed. */
export function databaseRotation(chart: Chart): RotationParts {
  const { secrets } = chart.cloud;
  const active = secrets.user(sharedCredentials.databaseAdmin);
  const upcoming = secrets.upcoming();
  const next = upcoming.find(({ name }) => name === sharedCredentials.databaseAdmin);
  return {
    opening: sqlJob(chart, 'new-accounts', upcoming.flatMap(accountLines), [active, ...(next ? [next] : [])]),
    closing: sqlJob(chart, 'old-accounts', secrets.former().flatMap(removalLines), [active]),
  };
}

/** @param logins tried one after the other */
function sqlJob(
  chart: Chart,
  component: string,
  lines: readonly string[],
  logins: readonly Credential[],
): PreparedJob | undefined {
  if (lines.length === 0) return undefined;
  const secret = `mariadb-${component}`;
  const files: ConfigFile[] = [
    ...logins.map(({ username, password }, index) =>
      iniFile(
        chart,
        { secret, path: `/etc/mysql-accounts/login-${index}.cnf` },
        { client: { host: internalHost(chart.cloud, hosts.database), user: username, password } },
      ),
    ),
    textFile(chart, { secret, path: '/etc/mysql-accounts/accounts.sql' }, [...lines]),
  ];
  const program = { ...script(chart, 'mariadb-accounts.sh', runSql), configMap: `${secret}-bin` };
  const command = [program.path];
  const job = commandJob(chart, {
    name: secret,
    component,
    image: 'mariadb',
    files,
    scripts: [program],
    command,
  });
  return { job, files, scripts: [program] };
}

/** Everything in the file may run any number of times, by any of the logins that is let in. */
const runSql = String.raw`#!/bin/sh
set -eu
cd /etc/mysql-accounts
tries=0
while :; do
  for login in login-*.cnf; do
    if mariadb --defaults-extra-file="$login" --connect-timeout=10 < accounts.sql; then exit 0; fi
  done
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || exit 1
  sleep 10
done
`;
