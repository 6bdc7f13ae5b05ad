/**
 * Pages that draw work in time: one HTML file that needs nothing else, readable on a phone and by a screen reader. All text
 * that is given is escaped.
 */

/** A row of the drawing: a step, or a machine below it. Times are seconds from the beginning. */
export interface TimeBar {
  readonly label: string;
  readonly kind: 'step' | 'machine';
  /** Absent: it never began. */
  readonly begins?: number;
  /** Absent: it has not ended. */
  readonly ends?: number;
  readonly detail: string;
  /** How one that has not ended looks and is told: it hangs, it is under way, or it failed. Hangs unless given. */
  readonly open?: 'hangs' | 'goes on' | 'failed';
  /** What it is made of, drawn inside the bar. */
  readonly parts?: readonly { readonly name: string; readonly begins: number; readonly ends: number }[];
}

export interface TimeTable {
  readonly caption: string;
  /** Heading of the column of details. */
  readonly details: string;
  /** From the beginning to the end of the drawing. */
  readonly seconds: number;
  readonly bars: readonly TimeBar[];
}

/** A whole page; `body` is markup. */
export function timePage({ title, body }: { readonly title: string; readonly body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedHtml(title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>${escapedHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** Bars in time, one a row, under an axis. */
export function timeTable({ caption, details, seconds, bars }: TimeTable): string {
  const whole = Math.max(1, seconds);
  const tick = tickOf(seconds);
  return `<table role="table" style="--tick:${((tick / whole) * 100).toFixed(3)}%">
<caption>${escapedHtml(caption)}; a line every ${durationText(tick)}</caption>
<thead><tr><th scope="col">What</th><th scope="col">When${axis(seconds, tick)}</th><th scope="col">${escapedHtml(details)}</th></tr></thead>
<tbody>
${bars.map((bar) => row(bar, whole)).join('\n')}
</tbody>
</table>`;
}

/** From here on seconds are left out, in seconds. */
const coarseFrom = 600;

/** Seconds as people say them: `40 s`, `2 min 5 s`, `12 min`, `3 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < coarseFrom) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function escapedHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

const hour = 3_600;
const ticks = [60, 300, 900, 1_800, hour, 2 * hour, 4 * hour, 8 * hour, 24 * hour, 72 * hour];

/** Seconds between two lines: so that there are at most eight. */
function tickOf(seconds: number): number {
  return ticks.find((tick) => seconds / tick <= 8) ?? Math.ceil(seconds / (8 * 24 * hour)) * 24 * hour;
}

/** Short, for labels stand close: `0`, `30 min`, `1 h`, `1 h 30`. */
function markText(seconds: number): string {
  const text = seconds === 0 ? '0' : durationText(seconds).replace(' 0 min', '');
  return text.includes('h') ? text.replace(' min', '') : text;
}

function axis(seconds: number, tick: number): string {
  const marks = Array.from({ length: Math.floor(seconds / tick) + 1 }, (_, i) => i * tick);
  const at = (mark: number): string => ((mark / Math.max(1, seconds)) * 100).toFixed(2);
  // The last label would hang over the edge.
  const shown = marks.filter((mark) => mark / Math.max(1, seconds) <= 0.93);
  return `<span class="axis" aria-hidden="true">${shown.map((mark) => `<span style="left:${at(mark)}%">${markText(mark)}</span>`).join('')}</span>`;
}

const openText = { hangs: 'does not end', 'goes on': 'goes on', failed: 'failed' } as const;
const openClass = { hangs: 'open', 'goes on': 'going', failed: 'open' } as const;

function row(bar: TimeBar, whole: number): string {
  const { label, detail, kind, begins, ends, open = 'hangs' } = bar;
  const when =
    begins === undefined
      ? 'never begins'
      : ends === undefined
        ? `from ${durationText(begins)}, ${openText[open]}`
        : `${durationText(begins)} to ${durationText(ends)} (${durationText(ends - begins)})`;
  const drawn = begins === undefined ? '' : drawing(bar, begins, whole);
  const track = `<span class="track" aria-hidden="true">${drawn}</span>`;
  return `<tr class="${kind}" role="row"><th scope="row" role="rowheader">${escapedHtml(label)}</th><td role="cell">${track}<span class="when">${when}</span></td><td role="cell">${escapedHtml(detail)}</td></tr>`;
}

/** Percent of the drawing: a bar that is narrower could not be seen. */
const narrowest = 0.7;

function drawing({ kind, ends, open = 'hangs', parts = [] }: TimeBar, begins: number, whole: number): string {
  const until = ends ?? whole;
  const wanted = Math.max(narrowest, ((until - begins) / whole) * 100);
  // What takes no time at the very end is drawn before the edge, not over it.
  const left = Math.min((begins / whole) * 100, 100 - narrowest);
  const width = Math.min(wanted, 100 - left);
  const inner = parts.map((part) => {
    const of = Math.max(1, until - begins);
    const from = ((part.begins - begins) / of) * 100;
    return `<span class="part" style="left:${from.toFixed(2)}%;width:${(((part.ends - part.begins) / of) * 100).toFixed(2)}%"></span>`;
  });
  const look = ends === undefined ? ` ${openClass[open]}` : '';
  return `<span class="bar ${kind}${look}" style="left:${left.toFixed(2)}%;width:${width.toFixed(2)}%">${inner.join('')}</span>`;
}

const styles = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--faint:#57606a;--line:#d0d7de;--step:#0969da;--machine:#1a7f37;--bad:#b3261e;--going:#9a6700}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--faint:#9da7b1;--line:#30363d;--step:#58a6ff;--machine:#3fb950;--bad:#ff7b72;--going:#d29922}}
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
tbody th{font-weight:600;width:14rem}th:last-child{padding-left:.75rem}tr.machine th{font-weight:400;padding-left:1rem}
td:last-child{width:18rem;padding-left:.75rem;padding-right:0;font-size:.9rem}
.track{display:block;position:relative;height:.8rem;border-radius:.2rem;background:repeating-linear-gradient(90deg,var(--faint) 0 1px,transparent 1px var(--tick,100%)),var(--line)}
.bar{position:absolute;top:0;height:100%;border-radius:.2rem;background:var(--step);overflow:hidden}
.bar.machine{background:var(--machine)}.bar.open{background:repeating-linear-gradient(45deg,var(--bad) 0 6px,transparent 6px 10px)}
.bar.going{background:repeating-linear-gradient(45deg,var(--going) 0 6px,transparent 6px 10px)}
.part{position:absolute;top:0;height:100%;border-left:2px solid var(--paper)}.part:first-child{border-left:0}.part:nth-child(even){background:color-mix(in srgb,var(--paper) 35%,transparent)}
.when{display:block;font-size:.85rem}
@media (max-width:40rem){thead{position:absolute;left:-999rem}.track{margin:.15rem 0}tr,th,td{display:block;width:auto!important;border:0;padding:.1rem 0}tr{border-top:1px solid var(--line);padding:.4rem 0}tr.machine th,th:last-child,td:last-child{padding-left:0}}
`;
