import { describe, expect, it } from '@jest/globals';
import { labConfig } from './config.js';

describe('the settings of the lab', () => {
  it('need only a folder', () => {
    expect(labConfig({ KEELSON_LAB_DATA: '/d' })).toMatchObject({
      KEELSON_LAB_SERVERS: 6,
      KEELSON_LAB_FACTOR: 1,
      KEELSON_LAB_TIMINGS: {},
      KEELSON_LAB_HOST: '127.0.0.1',
    });
    expect(() => labConfig({})).toThrow(/KEELSON_LAB_DATA/);
  });

  it('take durations by name and refuse others', () => {
    const given = (text: string) =>
      labConfig({ KEELSON_LAB_DATA: '/d', KEELSON_LAB_TIMINGS: text }).KEELSON_LAB_TIMINGS;
    expect(given('{"post":2,"items":{"bash":1}}')).toEqual({ post: 2, items: { bash: 1 } });
    for (const text of ['{"post":-1}', '{"lunch":60}', '2 s', '[]'])
      expect(() => given(text)).toThrow(/seconds by name: post, installerBoot[\s\S]*KEELSON_LAB_TIMINGS/);
  });
});
