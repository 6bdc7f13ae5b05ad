import { terminal } from '@keelson/std';

const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const minuteMs = 60_000;
/** Longer than from one 29 February to the next. */
const longestDays = 9 * 366;

/**
 * The first time after `after`, in milliseconds since the epoch, that a schedule in cron's five fields names (UTC).
 *
 * @throws Failure terminal when the text is no schedule, or one that never comes
 */
export function nextTime(schedule: string, after: number): number {
  const [minutes, hours, days, months, weekdays] = fieldsOf(schedule);
  const any = (schedule.split(/\s+/)[2] ?? '*').startsWith('*') || (schedule.split(/\s+/)[4] ?? '*').startsWith('*');
  const fits = (date: Date): boolean => {
    const isDay = days?.has(date.getUTCDate()) === true;
    const isWeekday = weekdays?.has(date.getUTCDay()) === true;
    // With both given either will do, as cron has it.
    return months?.has(date.getUTCMonth() + 1) === true && (any ? isDay && isWeekday : isDay || isWeekday);
  };
  const first = (Math.floor(after / minuteMs) + 1) * minuteMs;
  const dayMs = 24 * 60 * minuteMs;
  for (let day = 0; day < longestDays; day += 1) {
    const midnight = Math.floor(first / dayMs) * dayMs + day * dayMs;
    if (!fits(new Date(midnight))) continue;
    for (const hour of sorted(hours))
      for (const minute of sorted(minutes)) {
        const at = midnight + (hour * 60 + minute) * minuteMs;
        if (at >= first) return at;
      }
  }
  throw terminal(`the schedule ${JSON.stringify(schedule)} names no time`, { reason: 'InvalidSchedule' });
}

const sorted = (values: ReadonlySet<number> | undefined): readonly number[] =>
  [...(values ?? [])].sort((a, b) => a - b);

function fieldsOf(schedule: string): readonly ReadonlySet<number>[] {
  const fields = (macros[schedule] ?? schedule).trim().split(/\s+/);
  if (fields.length !== bounds.length)
    throw terminal(`the schedule ${JSON.stringify(schedule)} does not have five fields`, { reason: 'InvalidSchedule' });
  return bounds.map(([low, high], i) => valuesOf(fields[i] ?? '', low, high));
}

function valuesOf(field: string, low: number, high: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [, range = '', step = '1'] = /^(\*|\?|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part) ?? [];
    if (range === '')
      throw terminal(`${JSON.stringify(field)} is no field of a schedule`, { reason: 'InvalidSchedule' });
    const [from = '', to] = range.split('-');
    const isAny = from === '*' || from === '?';
    const start = isAny ? low : Number(from);
    const end = isAny || (to === undefined && part.includes('/')) ? high : Number(to ?? from);
    if (start < low || end > high || start > end)
      throw terminal(`${part} is not from ${low} to ${high}`, { reason: 'InvalidSchedule' });
    for (let value = start; value <= end; value += Math.max(1, Number(step)))
      values.add(high === 7 ? value % 7 : value);
  }
  return values;
}
