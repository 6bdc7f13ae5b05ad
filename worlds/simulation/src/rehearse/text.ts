import { durationText } from '@keelson/std';
import type { Obstacle } from './obstacles.js';
import type { Course, Rehearsal, RehearsedStep } from './rehearsal.js';

/** A rehearsal for people at a terminal. */
export function rehearsalText(rehearsal: Rehearsal): string {
  const { cluster, plan, source, target, courses, seed, takenAt, machines } = rehearsal;
  const [calm, ...troubled] = courses;
  if (calm === undefined) return 'nothing was rehearsed';
  return [
    `${cluster}: ${source} → ${target} (${plan}), ${machines} machines. A forecast by simulation, seed ${seed}.`,
    `Resources as they were at ${takenAt}; nothing was written. Times are from the start of the update.`,
    ...rehearsal.lacks.map((lack) => `Not known: ${lack}`),
    '',
    `Without faults: ${endText(calm)}`,
    ...stopLines(calm),
    ...calm.steps.flatMap((step) => stepLines(step, calm)),
    ...migrationLines(calm),
    ...obstacleLines(calm),
    ...troubled.flatMap((course, i) => [
      '',
      `With faults, course ${i + 1} (${course.faults.join(', ')}): ${endText(course)}`,
      ...stopLines(course),
      ...migrationLines(course),
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

function stepLines(step: RehearsedStep, course: Course): readonly string[] {
  const when =
    step.begins === undefined
      ? 'never begins'
      : `from ${durationText(step.begins)}${step.ends === undefined ? ', does not end' : ` for ${durationText(step.ends - step.begins)}`}`;
  const { info } = step.impact;
  return [
    `  ${step.id.padEnd(28)} ${when}; impact: ${impactText(step)}`,
    ...(info === '' ? [] : [`    ${info}`]),
    ...machineLines(step, course),
  ];
}

/** How many machines it takes, and which of them longest. */
function machineLines({ id }: RehearsedStep, { machines }: Course): readonly string[] {
  const own = machines.filter(({ step }) => step === id);
  const lasting = own.flatMap(({ name, begins, ends }) =>
    ends === undefined ? [] : [{ name, seconds: ends - begins }],
  );
  const [longest] = lasting.sort((a, b) => b.seconds - a.seconds);
  const left = own.filter(({ ends }) => ends === undefined).map(({ name }) => name);
  return [
    ...(longest === undefined
      ? []
      : [`    ${lasting.length} machines done, the longest ${longest.name} in ${durationText(longest.seconds)}`]),
    ...(left.length === 0 ? [] : [`    not done: ${left.join(', ')}`]),
  ];
}

function migrationLines({ migrations }: Course): readonly string[] {
  return migrations === undefined ? [] : [`  ${migrationText(migrations)}`];
}

export function migrationText(migrations: number): string {
  if (migrations === 0) return 'no instance is moved';
  return migrations === 1 ? 'an instance is moved once' : `instances are moved ${migrations} times`;
}

function stopLines(course: Course): readonly string[] {
  return course.completed ? [] : [`  ${stopText(course)}`];
}

function obstacleLines(course: Course): readonly string[] {
  const { obstacles } = course;
  if (obstacles.length === 0) return ['  nothing holds it up'];
  const first = obstacles.find(({ isLast }) => isLast);
  return obstacles.flatMap((obstacle) => {
    const { object, reason, message, waitsOn, isLast, abort } = obstacle;
    // The first of those that hold to the end is told in full above.
    const told = obstacle === first ? '' : `: ${message}`;
    return [
      `  ${spanText(obstacle, course)}: ${object} by ${waitsOn === '' ? 'itself' : waitsOn} (${reason})${told}`,
      ...(isLast && abort !== undefined ? [`    to give it up: ${abort}`] : []),
    ];
  });
}

/** Since when something is held up and for how long, and in which step that falls. */
export function spanText({ begins, seconds, isLast }: Obstacle, { steps }: Course): string {
  const at = steps.findLast((step) => step.begins !== undefined && step.begins <= begins);
  const how = isLast ? 'held to the end' : `held up ${durationText(seconds)}`;
  return `${how}, from ${durationText(begins)}${at === undefined ? '' : ` in ${at.id}`}`;
}
