import { keyText, type ObjectKey } from '@keelson/api';
import type { GaugeSample, ServiceGauge } from '@keelson/service';
import type { Clock } from '@keelson/std';
import type { Row } from '../probes/rows.js';
import type { Figures } from './figures.js';

interface Noted {
  readonly cluster: string;
  readonly at: number;
  readonly figures: Figures;
}

/** Figures that nobody renews are of a cloud, or a cluster, that is gone. Milliseconds. */
const freshMs = 300_000;

/** Of whose processes MOSK's exporter tells, and what it calls them. */
const processes = [
  { application: 'nova', name: 'osdpl_nova_service' },
  { application: 'cinder', name: 'osdpl_cinder_service' },
  { application: 'neutron', name: 'osdpl_neutron_agent' },
] as const;

/** The last figures of all clouds, as gauges. */
export class CloudFigures {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #noted = new Map<string, Noted>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  note(cluster: ObjectKey, figures: Figures): void {
    const noted = { cluster: keyText(cluster), at: this.#clock.now(), figures };
    this.#noted.set(`${noted.cluster} ${figures.osdpl}`, noted);
  }

  /**
   * MOSK's exporter has `osdpl_version_info` (labels `openstack_version`, `osdpl`), `osdpl_credentials_rotation_timestamp` (`type`) and
   * `osdpl_certificate_expiry` (`identifier`); of processes, by `host`, `binary` and `zone`, their state (1 up, 0 down) and status
   * (1 enabled, 0 disabled). Here one endpoint tells of the clouds of many clusters: `cluster` and `osdpl` stand beside
   * these labels everywhere. It has no names for state and health of a cloud as a whole: those that begin with `keelson_` are ours.
   */
  gauges(): readonly ServiceGauge[] {
    return [
      this.#gauge('osdpl_version_info', 'Release of OpenStack; always 1.', ['openstack_version'], ({ version }) =>
        version === undefined ? [] : [sample(1, { openstack_version: version })],
      ),
      this.#gauge(
        'osdpl_credentials_rotation_timestamp',
        'When credentials were last rotated, seconds since 1970.',
        ['type'],
        ({ rotations }) => Object.entries(rotations).map(([type, seconds]) => sample(seconds, { type })),
      ),
      this.#gauge(
        'osdpl_certificate_expiry',
        'When certificates end, seconds since 1970.',
        ['identifier'],
        ({ certificates }) =>
          Object.entries(certificates).map(([identifier, seconds]) => sample(seconds, { identifier })),
      ),
      ...processes.flatMap(({ application, name }) => [
        this.#processes(`${name}_state`, `Processes of ${application}: 1 up, 0 down.`, application, ({ isUp }) => isUp),
        this.#processes(
          `${name}_status`,
          `Processes of ${application}: 1 enabled, 0 disabled.`,
          application,
          ({ isDisabled }) => !isDisabled,
        ),
      ]),
      this.#gauge(
        'keelson_openstack_cloud_state',
        'State of the cloud: APPLYING, APPLIED or FAILED; always 1.',
        ['state'],
        ({ state }) => (state === undefined ? [] : [sample(1, { state })]),
      ),
      this.#gauge('keelson_openstack_services', 'Services of the cloud by state.', ['state'], ({ services }) =>
        Object.entries(services).map(([state, count]) => sample(count, { state })),
      ),
      this.#gauge('keelson_openstack_applications', 'Applications whose health is told.', [], ({ applications }) => [
        sample(applications, {}),
      ]),
      this.#gauge(
        'keelson_openstack_unready_components',
        'Components that are not Ready; always 1.',
        ['application', 'component', 'status'],
        ({ ill }) => ill.map((component) => sample(1, component)),
      ),
    ];
  }

  #processes(name: string, help: string, application: string, is: (row: Row) => boolean): ServiceGauge {
    return this.#gauge(name, help, ['host', 'binary', 'zone'], (figures) =>
      (figures.processes[application] ?? []).map((row) =>
        sample(is(row) ? 1 : 0, { host: row.host, binary: row.what, zone: row.zone }),
      ),
    );
  }

  #gauge(
    name: string,
    help: string,
    labels: readonly string[],
    read: (figures: Figures) => readonly GaugeSample[],
  ): ServiceGauge {
    return { name, help, labels: ['cluster', 'osdpl', ...labels], samples: () => this.#samples(read) };
  }

  #samples(read: (figures: Figures) => readonly GaugeSample[]): readonly GaugeSample[] {
    const now = this.#clock.now();
    for (const [key, { at }] of this.#noted) if (now - at > freshMs) this.#noted.delete(key);
    return [...this.#noted.values()].flatMap(({ cluster, figures }) =>
      read(figures).map(({ labels, value }) => sample(value, { cluster, osdpl: figures.osdpl, ...labels })),
    );
  }
}

function sample(value: number, labels: Readonly<Record<string, string>>): GaugeSample {
  return { labels, value };
}
