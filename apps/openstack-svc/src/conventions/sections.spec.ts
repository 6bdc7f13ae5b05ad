import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../cloud/cloud.fixtures.js';

const loggingOf = (level: string | undefined, more: object = {}): string =>
  fileOf(
    renderedService(
      'image',
      aSpec({ features: { logging: { ...(level === undefined ? {} : { glance: { level } }), ...more } } }),
    ),
    'glance-etc',
    'glance-api.conf',
  )
    .text()
    .split('\n')
    .filter((line) => /^(debug|default_log_levels) /u.test(line))
    .join('; ');

describe('levels of logs', () => {
  test.each([
    [undefined, 'debug = false'],
    ['DEBUG', 'debug = true'],
    ['INFO', 'debug = false'],
    ['WARNING', 'debug = false; default_log_levels = root=WARNING'],
    ['ERROR', 'debug = false; default_log_levels = root=ERROR'],
    ['CRITICAL', 'debug = false; default_log_levels = root=CRITICAL'],
  ])('%s', (level, lines) => expect(loggingOf(level)).toBe(lines));

  test('leave records of audit in the log', () =>
    expect(loggingOf('ERROR', { cadf: { enabled: true, driver: 'log' } })).toBe(
      'debug = false; default_log_levels = root=ERROR,oslo.messaging.notification=INFO',
    ));
});
