import type { Course, Rehearsal, RehearsedMachine, RehearsedStep } from './rehearsal.js';
import { endText, impactText, spanText, stopText, summaryText } from './text.js';

/** A rehearsal as one HTML page that needs nothing else, readable on a phone and by a screen reader. */
export function rehearsalPage(rehearsal: Rehearsal): string {
  const { cluster, source, target, plan, seed, courses } = rehearsal;
  const title = `Rehearsal of ${plan}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="lead">Cluster <strong>${escaped(cluster)}</strong> from ${escaped(source)} to ${escaped(target)}. ${escaped(summaryText(rehearsal))}</p>
<p class="note">A forecast by simulation (seed ${escaped(seed)}): the services that will do the update ran it on a copy of the resources. Hosts, workloads and durations are simulated.</p>
${overview(courses)}
${courses.map((course, i) => section(course, i)).join('\n')}
</main>
</body>
</html>
`;
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
  const tick = tickOf(course.seconds);
  return `<section aria-labelledby="c${i}">
<h2 id="c${i}">${headingOf(i)}: <span class="${course.completed ? 'good' : 'bad'}">${escaped(endText(course))}</span></h2>
${course.completed ? '' : `<p class="stop">${escaped(stopText(course))}</p>`}
${faults}
<table role="table" style="--tick:${((tick / Math.max(1, course.seconds)) * 100).toFixed(3)}%">
<caption>Steps and machines in time, from 0 to ${spanText(course.seconds)}; a line every ${spanText(tick)}</caption>
<thead><tr><th scope="col">What</th><th scope="col">When${axis(course.seconds, tick)}</th><th scope="col">Impact</th></tr></thead>
<tbody>
${rows(course).join('\n')}
</tbody>
</table>
${obstacles(course)}
</section>`;
}

function rows(course: Course): readonly string[] {
  const whole = Math.max(1, course.seconds);
  const machines = [...course.machines].sort((a, b) => a.begins - b.begins);
  const stepOf = ({ begins }: RehearsedMachine): RehearsedStep | undefined =>
    course.steps.findLast((step) => step.begins !== undefined && step.begins <= begins && isOfMachines(step)) ??
    course.steps.findLast((step) => step.begins !== undefined && step.begins <= begins);
  const machineRow = (machine: RehearsedMachine): string =>
    row({ ...machine, label: machine.name, detail: '', kind: 'machine' }, whole);
  return [
    ...machines.filter((machine) => stepOf(machine) === undefined).map(machineRow),
    ...course.steps.flatMap((step) => [
      row({ ...step, label: step.id, detail: `${impactText(step)}. ${step.impact.info}`, kind: 'step' }, whole),
      ...machines.filter((machine) => stepOf(machine) === step).map(machineRow),
    ]),
  ];
}

const isOfMachines = ({ id }: RehearsedStep): boolean => id.startsWith('k8s-');

const hour = 3_600;
const ticks = [300, 900, 1_800, hour, 2 * hour, 4 * hour, 8 * hour, 24 * hour, 72 * hour];

/** Short, for labels stand close: `0`, `30 min`, `1 h`, `1 h 30`. */
function markText(seconds: number): string {
  const text = seconds === 0 ? '0' : spanText(seconds).replace(' 0 min', '');
  return text.includes('h') ? text.replace(' min', '') : text;
}

/** Seconds between two lines: so that there are at most eight. */
function tickOf(seconds: number): number {
  return ticks.find((tick) => seconds / tick <= 8) ?? Math.ceil(seconds / (8 * 24 * hour)) * 24 * hour;
}

function axis(seconds: number, tick: number): string {
  const marks = Array.from({ length: Math.floor(seconds / tick) + 1 }, (_, i) => i * tick);
  const at = (mark: number): string => ((mark / Math.max(1, seconds)) * 100).toFixed(2);
  // The last label would hang over the edge.
  const shown = marks.filter((mark) => mark / Math.max(1, seconds) <= 0.93);
  return `<span class="axis" aria-hidden="true">${shown.map((mark) => `<span style="left:${at(mark)}%">${markText(mark)}</span>`).join('')}</span>`;
}

interface Bar {
  readonly label: string;
  readonly detail: string;
  readonly kind: 'step' | 'machine';
  readonly begins?: number;
  readonly ends?: number;
}

function row({ label, detail, kind, begins, ends }: Bar, whole: number): string {
  const when =
    begins === undefined
      ? 'never begins'
      : ends === undefined
        ? `from ${spanText(begins)}, does not end`
        : `${spanText(begins)} to ${spanText(ends)} (${spanText(ends - begins)})`;
  const left = ((begins ?? 0) / whole) * 100;
  const width = begins === undefined ? 0 : Math.max(0.5, (((ends ?? whole) - begins) / whole) * 100);
  const drawn =
    begins === undefined
      ? ''
      : `<span class="bar ${kind}${ends === undefined ? ' open' : ''}" style="left:${left.toFixed(2)}%;width:${Math.min(width, 100 - left).toFixed(2)}%"></span>`;
  const bar = `<span class="track" aria-hidden="true">${drawn}</span>`;
  return `<tr class="${kind}" role="row"><th scope="row" role="rowheader">${escaped(label)}</th><td role="cell">${bar}<span class="when">${when}</span></td><td role="cell">${escaped(detail)}</td></tr>`;
}

function obstacles({ obstacles: all }: Course): string {
  if (all.length === 0) return '<p>Nothing stands in its way.</p>';
  const first = all.find(({ isLast }) => isLast);
  const items = all.map((obstacle) => {
    const { object, reason, message, seconds, isLast, waitsOn } = obstacle;
    const how = isLast ? 'is held to the end' : `is held up ${spanText(seconds)}`;
    // The first of those that hold to the end is told in full above.
    const told = obstacle === first ? '' : `: ${escaped(message)}`;
    return `<li${isLast ? ' class="bad"' : ''}><strong>${escaped(object)}</strong> ${how}${waitsOn === '' ? '' : ` by ${escaped(waitsOn)}`} (${escaped(reason)})${told}</li>`;
  });
  return `<h3>What holds it up</h3>\n<ul>\n${items.join('\n')}\n</ul>`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

const styles = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--faint:#57606a;--line:#d0d7de;--step:#0969da;--machine:#1a7f37;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--faint:#9da7b1;--line:#30363d;--step:#58a6ff;--machine:#3fb950;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;line-height:1.2}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem}
.lead{font-size:1.05rem}.note,caption,.when{color:var(--faint)}
.good{color:var(--machine)}.bad{color:var(--bad)}
.stop{border-left:.25rem solid var(--bad);padding:.25rem .75rem;overflow-wrap:anywhere}
.overview{list-style:none;padding:0}.overview li{padding:.35rem 0}.overview a{color:inherit;font-weight:600}
.axis{display:block;position:relative;height:1.2rem;font-weight:400;font-size:.8rem;color:var(--faint)}
.axis span{position:absolute;white-space:nowrap}
table{width:100%;border-collapse:collapse}caption{text-align:left;padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem .35rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
tbody th{font-weight:600;width:14rem}tr.machine th{font-weight:400;padding-left:1rem}
td:last-child{width:18rem;font-size:.9rem}
.track{display:block;position:relative;height:.8rem;border-radius:.2rem;background:repeating-linear-gradient(90deg,var(--faint) 0 1px,transparent 1px var(--tick,100%)),var(--line)}
.bar{position:absolute;top:0;height:100%;min-width:3px;border-radius:.2rem;background:var(--step)}
.bar.machine{background:var(--machine)}.bar.open{background:repeating-linear-gradient(45deg,var(--bad) 0 6px,transparent 6px 10px)}
.when{display:block;font-size:.85rem}
@media (max-width:40rem){thead{position:absolute;left:-999rem}.track{margin:.15rem 0}tr,th,td{display:block;width:auto!important;border:0;padding:.1rem 0}tr{border-top:1px solid var(--line);padding:.4rem 0}tr.machine th{padding-left:0}}
`;
