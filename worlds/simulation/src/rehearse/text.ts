import { durationText } from '@keelson/std';
import type { Course, Rehearsal, RehearsedStep } from './rehearsal.js';

/** A rehearsal for people at a terminal. */
export function rehearsalText(rehearsal: Rehearsal): string {
  const { cluster, plan, source, target, courses, seed } = rehearsal;
  const [calm, ...troubled] = courses;
  if (calm === undefined) return 'nothing was rehearsed';
  return [
    `${cluster}: ${source} → ${target} (${plan}), ${calm.machines.length} machines. A forecast by simulation, seed ${seed}.`,
    ...rehearsal.lacks.map((lack) => `Not known: ${lack}`),
    '',
    `Without faults: ${endText(calm)}`,
    ...stopLines(calm),
    ...calm.steps.map((step) => `  ${stepText(step)}`),
    ...obstacleLines(calm),
    ...troubled.flatMap((course, i) => [
      '',
      `With faults, course ${i + 1} (${course.faults.join(', ')}): ${endText(course)}`,
      ...stopLines(course),
      ...obstacleLines(course),
    ]),
    '',
    summaryText(rehearsal),
  ].join('\n');
}

export function summaryText({ courses }: Rehearsal): string {
  const done = courses.filter(({ completed }) => completed).map(({ seconds }) => seconds);
  const stopped = courses.length - done.length;
  const span =
    done.length === 0
      ? 'No course came to its end.'
      : `${done.length} of ${courses.length} courses came to their end, in ${durationText(Math.min(...done))} to ${durationText(Math.max(...done))}.`;
  return stopped === 0 ? span : `${span} ${stopped} stopped and said why.`;
}

export function endText({ completed, seconds }: Course): string {
  return completed ? `done after ${durationText(seconds)}` : `stops after ${durationText(seconds)}`;
}

/** Why a course that came to no end stopped. */
export function stopText({ outcome, obstacles }: Course): string {
  const last = obstacles.find(({ isLast }) => isLast);
  return last === undefined ? outcome : `${last.waitsOn === '' ? last.object : last.waitsOn}: ${last.message}`;
}

export function impactText({ impact }: RehearsedStep): string {
  return `users ${impact.users}, workloads ${impact.workloads}`;
}

function stepText(step: RehearsedStep): string {
  const when =
    step.begins === undefined
      ? 'never begins'
      : `from ${durationText(step.begins)}${step.ends === undefined ? ', does not end' : ` for ${durationText(step.ends - step.begins)}`}`;
  return `${step.id.padEnd(28)} ${when}; impact: ${impactText(step)}`;
}

function stopLines(course: Course): readonly string[] {
  return course.completed ? [] : [`  ${stopText(course)}`];
}

function obstacleLines({ obstacles }: Course): readonly string[] {
  const first = obstacles.find(({ isLast }) => isLast);
  return obstacles.map((obstacle) => {
    const { object, reason, message, seconds, isLast, waitsOn } = obstacle;
    const how = isLast ? 'held to the end' : `held up ${durationText(seconds)}`;
    // The first of those that hold to the end is told in full above.
    return `  ${how}: ${object} by ${waitsOn === '' ? 'itself' : waitsOn} (${reason})${obstacle === first ? '' : `: ${message}`}`;
  });
}
