import { describe, expect, test } from '@jest/globals';
import { cleanupSchedules } from '@keelson/api';
import { aSpec, rendered } from '../cloud/cloud.fixtures.js';

const more = ['instance-ha', 'alarming', 'shared-file-system', 'metric', 'metering'];
const cronJobs = (cleanup: object = {}) =>
  rendered(aSpec({ preset: 'compute', features: { services: more, database: { cleanup } } }))
    .flatMap(({ stages }) => stages.flatMap(({ objects }) => objects))
    .filter(({ kind, metadata }) => kind === 'CronJob' && metadata.name.endsWith('-db-purge'));

describe('rows of what is deleted', () => {
  test('go by the clock of the reference, in each project that keeps them', () => {
    const found = cronJobs().map((object) => [
      object.metadata.name.replace('-db-purge', ''),
      (object as unknown as { spec: { schedule: string } }).spec.schedule,
    ]);
    // There are no volumes without Ceph or a back end of the spec.
    const { cinder: _, ...others } = cleanupSchedules;
    expect(Object.fromEntries(found)).toMatchObject(others);
  });

  test('stay where the spec says so', () =>
    expect(
      cronJobs({ glance: { enabled: false }, horizon: { enabled: false } }).map(({ metadata }) => metadata.name),
    ).not.toEqual(expect.arrayContaining([expect.stringMatching(/glance|horizon/u)])));

  test('of glance go in batches and without those of images, sessions of the dashboard when their time is over', () => {
    const text = JSON.stringify(cronJobs({ glance: { age: 7, batch: 50 } }));
    expect(text).toContain('glance-api.conf db purge --age_in_days 7 --max_rows 50 ');
    expect(text).not.toContain('purge_images_table');
    expect(text).toContain('manage.py clearsessions');
  });
});
