import { expect, test } from '@jest/globals';
import { aSpec, renderedService } from '../../cloud/cloud.fixtures.js';

test.each([
  [true, 'local'],
  [false, 'shared'],
])('with local volumes %s the data of MariaDB is on the class %s', (enabled, storageClassName) => {
  const spec = aSpec({
    local_volume_storage_class: 'local',
    persistent_volume_storage_class: 'shared',
    features: { database: { local_volumes: { enabled } } },
  });
  const objects = renderedService('database', spec).stages.flatMap((stage) => stage.objects);
  expect(objects.find(({ kind }) => kind === 'StatefulSet')).toMatchObject({
    spec: { volumeClaimTemplates: [{ spec: { storageClassName } }] },
  });
});
