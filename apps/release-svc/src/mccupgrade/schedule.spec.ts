import { describe, expect, it } from '@jest/globals';
import { nextOpening } from './schedule.js';

/** A Wednesday. */
const noon = Date.parse('2026-07-01T12:00:00Z');
const opening = (...given: Parameters<typeof nextOpening>): string | undefined => {
  const at = nextOpening(...given);
  return at === undefined ? undefined : new Date(at).toISOString();
};
const nights = [{ hours: { from: 1, to: 5 }, weekdays: { saturday: true, sunday: true } }];

describe('the next opening', () => {
  it('is now without a schedule, and while a window is open', () => {
    expect(opening({ timeZone: 'UTC' }, noon)).toBe('2026-07-01T12:00:00.000Z');
    expect(opening({ timeZone: 'UTC', schedule: [{ hours: { from: 12, to: 13 } }] }, noon)).toBe(
      '2026-07-01T12:00:00.000Z',
    );
    expect(opening({ timeZone: 'UTC', schedule: [{}] }, noon)).toBe('2026-07-01T12:00:00.000Z');
  });

  it('is the first hour of the next window, in its time zone, daylight saving included', () => {
    expect(opening({ timeZone: 'UTC', schedule: nights }, noon)).toBe('2026-07-04T01:00:00.000Z');
    expect(opening({ timeZone: 'Europe/Berlin', schedule: nights }, noon)).toBe('2026-07-03T23:00:00.000Z');
    expect(opening({ timeZone: 'Asia/Kolkata', schedule: nights }, noon)).toBe('2026-07-03T19:30:00.000Z');
    const winter = Date.parse('2026-01-07T12:00:00Z');
    expect(opening({ timeZone: 'Europe/Berlin', schedule: nights }, winter)).toBe('2026-01-10T00:00:00.000Z');
  });

  it('ends as the last hour begins', () => {
    const at = Date.parse('2026-07-04T05:00:00Z');
    expect(opening({ timeZone: 'UTC', schedule: nights }, at - 1)).toBe('2026-07-04T04:59:59.999Z');
    expect(opening({ timeZone: 'UTC', schedule: nights }, at)).toBe('2026-07-05T01:00:00.000Z');
  });

  it('never comes when no day counts', () => {
    expect(opening({ timeZone: 'UTC', schedule: [{ weekdays: { monday: false } }] }, noon)).toBeUndefined();
  });

  it('is a mistake of the spec in a time zone that does not exist', () => {
    expect(() => nextOpening({ timeZone: 'Mars/Olympus', schedule: nights }, noon)).toThrow(/no time zone Mars/);
  });
});
