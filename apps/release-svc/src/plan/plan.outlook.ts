import type { ClusterUpdatePlan } from '@keelson/api';

/** When an update will be over, as a sentence; undefined while nobody foretells it. */
export function outlookOf({ status }: ClusterUpdatePlan): string | undefined {
  const { at, earliest, latest } = status?.estimatedFinish ?? {};
  if (at === undefined || earliest === undefined || latest === undefined) return undefined;
  return `the whole update is likely over at ${minuteOf(at)}, nine times in ten between ${minuteOf(earliest)} and ${minuteOf(latest)}, each step commenced as soon as its turn comes`;
}

const minuteOf = (time: string): string => time.replace(/:\d\d(\.\d+)?Z$/, 'Z');
