import type { MCCUpgradeSpec, UpgradeWindow } from '@keelson/api';
import { terminal } from '@keelson/std';

const step = 15 * 60_000;
const horizon = 14 * 86_400_000;
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/**
 * When an update may begin: now, the next opening of a window, or never within two weeks (undefined).
 *
 * @param now milliseconds since the epoch
 * @throws Failure terminal `UnknownTimeZone`
 */
export function nextOpening(spec: Pick<MCCUpgradeSpec, 'schedule' | 'timeZone'>, now: number): number | undefined {
  const { schedule = [], timeZone } = spec;
  if (schedule.length === 0) return now;
  const clock = wallClock(timeZone);
  if (schedule.some((window) => isOpen(window, clock(now)))) return now;
  for (let at = Math.ceil((now + 1) / step) * step; at <= now + horizon; at += step) {
    const time = clock(at);
    if (schedule.some((window) => isOpen(window, time))) return at;
  }
  return undefined;
}

interface WallTime {
  readonly weekday: (typeof weekdays)[number];
  readonly hour: number;
}

function isOpen({ hours, weekdays: days }: UpgradeWindow, { weekday, hour }: WallTime): boolean {
  const onDay = days === undefined || Object.keys(days).length === 0 || days[weekday] === true;
  return onDay && (hours === undefined || (hours.from <= hour && hour < hours.to));
}

/** Hour and weekday in a time zone, daylight saving and all. */
function wallClock(timeZone: string): (at: number) => WallTime {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'long', hour: 'numeric', hourCycle: 'h23' });
    return (at) => {
      const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
      const weekday = weekdays.find((day) => day === parts.get('weekday')?.toLowerCase()) ?? 'sunday';
      return { weekday, hour: Number(parts.get('hour')) };
    };
  } catch (cause) {
    throw terminal(`spec.timeZone: there is no time zone ${timeZone}`, { cause, reason: 'UnknownTimeZone' });
  }
}
