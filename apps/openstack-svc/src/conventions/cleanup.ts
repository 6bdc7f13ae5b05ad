import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import { cronJob } from '../render/workloads.js';

export interface CleanupPart {
  readonly project: string;
  readonly service: ConfigFile;
  /** When nothing else is asked for. */
  readonly schedule: string;
}

/** The CronJob that takes rows of deleted things away, unless `features.database.cleanup.<project>` switches it off. */
export function cleanupJob(
  chart: Chart,
  { project, service, schedule }: CleanupPart,
  commands: (wanted: { age: number; batch: number }) => readonly string[],
): KubeObject[] {
  const wanted = chart.cloud.spec.features.database.cleanup[project] ?? { enabled: true, age: 30, batch: 1000 };
  if (!wanted.enabled) return [];
  return [
    cronJob(chart, {
      name: `${project}-db-purge`,
      component: 'db-purge',
      schedule: typeof wanted['schedule'] === 'string' ? wanted['schedule'] : schedule,
      roles: ['controller'],
      files: [service],
      containers: [
        { name: 'db-purge', image: project, command: ['sh', '-ec', commands(wanted).join('\n')], weight: 'job' },
      ],
    }),
  ];
}
