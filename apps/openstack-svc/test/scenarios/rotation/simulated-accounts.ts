import { type Job, SecretKind, type StatefulSet, StatefulSetKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';

const namespace = 'openstack';

interface Mounted {
  readonly path: string;
  readonly text: string;
}

/**
 * Accounts of the simulated MariaDB and RabbitMQ: Jobs do here what their rendered files say, as whoever these log in as, and
 * fail when he is not let in. Names are enough for hosts and virtual hosts; keystone and schemas are not simulated.
 */
export class SimulatedAccounts {
  readonly database = new Map<string, string>();
  readonly brokers = new Map<string, Map<string, string>>();
  /** Logins that were refused, as `Job: user`. */
  readonly refused: string[] = [];
  readonly #api: KubeApi;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** What servers make when they start on an empty disk. */
  async start(): Promise<void> {
    const sql = await this.#secretText('mariadb-etc', 'first-start.sql');
    execute(sql, this.database);
    for (const host of await this.#brokers()) {
      const settings = await this.#secretText(
        `${host === 'rabbitmq' ? host : host.replace('openstack-', '')}-etc`,
        'rabbitmq.conf',
      );
      const [user = '', password = ''] = [/^default_user = (.*)$/m, /^default_pass = (.*)$/m].map(
        (each) => each.exec(settings)?.[1],
      );
      this.brokers.set(host, new Map([[user, password]]));
    }
  }

  /** Does what a Job's files say; why it cannot, as its pod would tell. */
  readonly run = async (job: Job): Promise<string | undefined> => {
    const files = await this.#mounted(job);
    const logins = files.filter(({ path }) => /\/mysql-(admin|accounts)\/.*\.cnf$/.test(path));
    const sql = files.find(({ path }) => path.endsWith('.sql'));
    if (sql !== undefined) return this.#sql(job.metadata.name, logins, sql.text);
    const requests = files.filter(({ path }) => /\/rabbitmq-(admin|accounts)\/requests/.test(path));
    return requests.length === 0 ? undefined : this.#requests(job.metadata.name, requests);
  };

  /** Whether the probes of the database's members would find them ready, and a member that joins would get its data. */
  async databaseLetsItsMembersIn(): Promise<boolean> {
    const admin = /user = (\S+)\npassword = (\S+)/.exec(await this.#secretText('mariadb-etc', 'admin.cnf'));
    const sst = /wsrep_sst_auth = ([^:\s]+):(\S+)/.exec(await this.#secretText('mariadb-etc', '99-keelson.cnf'));
    return [admin, sst].every((login) => this.database.get(login?.[1] ?? '') === login?.[2]);
  }

  #sql(job: string, logins: readonly Mounted[], sql: string): string | undefined {
    for (const { text } of logins) {
      const [, user = '', password = ''] = /user = (\S+)\npassword = "?([^"\s]+)/.exec(text) ?? [];
      if (this.database.get(user) === password) {
        execute(sql, this.database);
        return undefined;
      }
      this.refused.push(`${job}: ${user}`);
    }
    return 'ERROR 1045 (28000): Access denied';
  }

  #requests(job: string, ways: readonly Mounted[]): string | undefined {
    for (const { text } of ways) {
      const each = text.split('\nnext\n');
      const users = each.map((request) => this.#request(request));
      if (users.every((user) => user === undefined)) return undefined;
      this.refused.push(`${job}: ${users.find((user) => user !== undefined) ?? ''}`);
    }
    return 'The requested URL returned error: 401';
  }

  /** Who was refused. */
  #request(text: string): string | undefined {
    const option = (name: string): string =>
      (new RegExp(`^${name} = "(.*)"$`, 'm').exec(text)?.[1] ?? '').replaceAll('\\"', '"');
    const [, host = '', path = ''] = /^http:\/\/([^.]+)[^/]*\/api(.*)$/.exec(option('url')) ?? [];
    const [user = '', password = ''] = option('user').split(':');
    const accounts = this.brokers.get(host);
    if (accounts?.get(user) !== password) return user;
    const body: unknown = JSON.parse(option('data'));
    const made = /^\/users\/([^/]+)$/.exec(path)?.[1];
    if (made !== undefined && option('request') === 'DELETE') accounts.delete(made);
    else if (made !== undefined) accounts.set(made, String(Reflect.get(Object(body), 'password')));
    return undefined;
  }

  async #mounted({ spec }: Job): Promise<readonly Mounted[]> {
    const containers = spec?.template?.spec?.['containers'];
    const [container] = Array.isArray(containers) ? containers : [];
    const mounts: readonly { name: string; mountPath: string; subPath?: string }[] = container?.volumeMounts ?? [];
    const found = mounts.map(async ({ name, mountPath, subPath }) => ({
      path: mountPath,
      text: subPath === undefined ? '' : await this.#secretText(name, subPath),
    }));
    return Promise.all(found);
  }

  async #secretText(name: string, key: string): Promise<string> {
    const secret = await this.#api.get(SecretKind, { namespace, name });
    return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
  }

  async #brokers(): Promise<readonly string[]> {
    const sets = (await this.#api.list<StatefulSet>(StatefulSetKind, { namespace })).items;
    return sets.flatMap(({ metadata: { name } }) =>
      name.endsWith('rabbitmq-server') ? [name.replace('-server', '')] : [],
    );
  }
}

/** As much of SQL as accounts take. */
function execute(sql: string, accounts: Map<string, string>): void {
  for (const line of sql.split('\n')) {
    const made = /^(?:CREATE|ALTER) (?:OR REPLACE )?USER (?:IF NOT EXISTS )?'(.*?)'@.* IDENTIFIED BY '(.*?)'/.exec(
      line,
    );
    if (made !== null) accounts.set(made[1] ?? '', made[2] ?? '');
    const gone = /^DROP USER IF EXISTS '(.*?)'@/.exec(line);
    if (gone !== null) accounts.delete(gone[1] ?? '');
  }
}
