import type { Course, Rehearsal } from './rehearsal.js';
import { endText, impactText, spanText, summaryText } from './text.js';

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
${courses.map((course, i) => section(course, i)).join('\n')}
</main>
</body>
</html>
`;
}

function section(course: Course, i: number): string {
  const heading = i === 0 ? 'Without faults' : `With faults, course ${i}`;
  const faults = course.faults.length === 0 ? '' : `<p>What goes wrong: ${escaped(course.faults.join(', '))}.</p>`;
  return `<section aria-labelledby="c${i}">
<h2 id="c${i}">${heading}: <span class="${course.completed ? 'good' : 'bad'}">${escaped(endText(course))}</span></h2>
${faults}
<table role="table">
<caption>Steps and machines in time, from 0 to ${spanText(course.seconds)}</caption>
<thead><tr><th scope="col">What</th><th scope="col">When</th><th scope="col">Impact</th></tr></thead>
<tbody>
${rows(course).join('\n')}
</tbody>
</table>
${obstacles(course)}
</section>`;
}

function rows(course: Course): readonly string[] {
  const whole = Math.max(1, course.seconds);
  const steps = course.steps.map((step) =>
    row({ ...step, label: step.id, detail: `${impactText(step)}. ${step.impact.info}`, kind: 'step' }, whole),
  );
  const machines = [...course.machines]
    .sort((a, b) => a.begins - b.begins)
    .map((machine) => row({ ...machine, label: machine.name, detail: '', kind: 'machine' }, whole));
  return [...steps, ...machines];
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
  const bar = `<span class="track" aria-hidden="true"><span class="bar ${kind}${ends === undefined ? ' open' : ''}" style="left:${left.toFixed(2)}%;width:${Math.min(width, 100 - left).toFixed(2)}%"></span></span>`;
  return `<tr class="${kind}" role="row"><th scope="row" role="rowheader">${escaped(label)}</th><td role="cell">${bar}<span class="when">${when}</span></td><td role="cell">${escaped(detail)}</td></tr>`;
}

function obstacles({ obstacles: all }: Course): string {
  if (all.length === 0) return '<p>Nothing stands in its way.</p>';
  const items = all.map(
    ({ object, reason, message, seconds, isLast, waitsOn }) =>
      `<li${isLast ? ' class="bad"' : ''}><strong>${escaped(object)}</strong> ${isLast ? 'is held to the end' : `is held up ${spanText(seconds)}`}${waitsOn === '' ? '' : ` by ${escaped(waitsOn)}`} (${escaped(reason)}): ${escaped(message)}</li>`,
  );
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
table{width:100%;border-collapse:collapse}caption{text-align:left;padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem .35rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
tbody th{font-weight:600;width:14rem}tr.machine th{font-weight:400;padding-left:1rem}
td:last-child{width:18rem;font-size:.9rem}
.track{display:block;position:relative;height:.8rem;border-radius:.4rem;background:var(--line)}
.bar{position:absolute;top:0;height:100%;border-radius:.4rem;background:var(--step)}
.bar.machine{background:var(--machine)}.bar.open{background:repeating-linear-gradient(45deg,var(--bad) 0 6px,transparent 6px 10px)}
.when{display:block;font-size:.85rem}
@media (max-width:40rem){thead{position:absolute;left:-999rem}tr,th,td{display:block;width:auto!important;border:0;padding:.1rem 0}tr{border-top:1px solid var(--line);padding:.4rem 0}tr.machine th{padding-left:0}}
`;
