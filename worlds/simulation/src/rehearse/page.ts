import type { Course, Rehearsal, RehearsedMachine } from './rehearsal.js';
import { type TimeBar, durationText, escapedHtml as escaped, timePage, timeTable } from '@keelson/std';
import { endText, impactText, migrationText, spanText, stopText, summaryText } from './text.js';

/** A rehearsal as one HTML page that needs nothing else, readable on a phone and by a screen reader. */
export function rehearsalPage(rehearsal: Rehearsal): string {
  const { cluster, source, target, plan, seed, courses, lacks, takenAt } = rehearsal;
  const body = `<p class="lead">Cluster <strong>${escaped(cluster)}</strong> from ${escaped(source)} to ${escaped(target)}. ${escaped(summaryText(rehearsal))}</p>
<p class="note">A forecast by simulation (seed ${escaped(seed)}): the services that will do the update ran it on a copy of the resources as they were at ${escaped(takenAt)}; nothing was written. Times are from the start of the update. Hosts, workloads and durations are simulated.</p>
${lacks.map((lack) => `<p class="stop">Not known: ${escaped(lack)}</p>`).join('\n')}
${overview(courses)}
${courses.map((course, i) => section(course, i)).join('\n')}`;
  return timePage({ title: `Rehearsal of ${plan}`, body });
}

/** The courses beside each other: how far each comes, and how long it takes. */
function overview(courses: readonly Course[]): string {
  if (courses.length < 2) return '';
  const longest = Math.max(1, ...courses.map(({ seconds }) => seconds));
  const items = courses.map((course, i) => {
    const width = Math.max(1, (course.seconds / longest) * 100).toFixed(2);
    return `<li><a href="#c${i}">${headingOf(i)}</a> <span class="${course.completed ? 'good' : 'bad'}">${escaped(endText(course))}</span><span class="track" aria-hidden="true"><span class="bar machine${course.completed ? '' : ' open'}" style="left:0;width:${width}%"></span></span></li>`;
  });
  return `<ul class="overview">\n${items.join('\n')}\n</ul>`;
}

function headingOf(i: number): string {
  return i === 0 ? 'Without faults' : `With faults, course ${i}`;
}

function section(course: Course, i: number): string {
  const faults = course.faults.length === 0 ? '' : `<p>What goes wrong: ${escaped(course.faults.join(', '))}.</p>`;
  return `<section aria-labelledby="c${i}">
<h2 id="c${i}">${headingOf(i)}: <span class="${course.completed ? 'good' : 'bad'}">${escaped(endText(course))}</span></h2>
${course.completed ? '' : `<p class="stop">${escaped(stopText(course))}</p>`}
${faults}
${timeTable({
  caption: `Steps and machines in time, from 0 to ${durationText(course.seconds)}`,
  details: 'Impact',
  seconds: course.completed ? course.seconds : course.seconds * room,
  bars: barsOf(course),
})}
${course.migrations === undefined ? '' : `<p>In all, ${migrationText(course.migrations)}.</p>`}
${obstacles(course)}
</section>`;
}

/** What does not end is drawn beyond the moment from which nothing moved: it began there, and would not be seen. */
const room = 1.12;

function barsOf(course: Course): readonly TimeBar[] {
  const machines = [...course.machines].sort((a, b) => a.begins - b.begins);
  const barOf = (machine: RehearsedMachine): TimeBar => ({
    ...machine,
    label: machine.name,
    detail: '',
    kind: 'machine',
  });
  return [
    ...machines.filter((machine) => !course.steps.some(({ id }) => id === machine.step)).map(barOf),
    ...course.steps.flatMap((step): TimeBar[] => [
      { ...step, label: step.id, detail: `${impactText(step)}. ${step.impact.info}`, kind: 'step' },
      ...machines.filter((machine) => machine.step === step.id).map(barOf),
    ]),
  ];
}

function obstacles(course: Course): string {
  const { obstacles: all } = course;
  if (all.length === 0) return '<p>Nothing stands in its way.</p>';
  const first = all.find(({ isLast }) => isLast);
  const items = all.map((obstacle) => {
    const { object, reason, message, isLast, waitsOn, abort } = obstacle;
    const how = `is ${escaped(spanText(obstacle, course))}`;
    const way = isLast && abort !== undefined ? ` To give it up: ${escaped(abort)}` : '';
    // The first of those that hold to the end is told in full above.
    const told = obstacle === first ? '' : `: ${escaped(message)}`;
    return `<li${isLast ? ' class="bad"' : ''}><strong>${escaped(object)}</strong> ${how}${waitsOn === '' ? '' : ` by ${escaped(waitsOn)}`} (${escaped(reason)})${told}.${way}</li>`;
  });
  return `<h3>What holds it up</h3>\n<ul>\n${items.join('\n')}\n</ul>`;
}
