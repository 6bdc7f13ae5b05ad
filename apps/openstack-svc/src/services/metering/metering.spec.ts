import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const metering = (telemetry: Readonly<Record<string, unknown>>) =>
  renderedService('metering', aSpec({ features: { services: ['metering', 'metric'], telemetry } }));

describe('telemetry', () => {
  test.each(['ceilometer-etc', 'ceilometer-compute-etc'])(
    'for autoscaling, its usual mode, asks each minute for what scales and each hour for the rest: %s',
    (secret) => {
      for (const telemetry of [{}, { mode: 'autoscaling' }])
        expect(fileOf(metering(telemetry), secret, 'polling.yaml').parsed).toEqual({
          sources: [
            { name: 'autoscaling', interval: 60, meters: ['cpu', 'disk*', 'memory*'] },
            { name: 'others', interval: 3600, meters: ['*', '!cpu', '!disk*', '!memory*', '!storage.*'] },
          ],
        });
    },
  );

  test('in a mode that is not known is refused by its name', () => {
    expect(() => metering({ mode: 'billing' })).toThrow('spec.features.telemetry.mode');
  });
});
