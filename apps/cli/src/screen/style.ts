/** Colours only where a person looks: a terminal, and NO_COLOR unset. */
const coloured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

const paint =
  (code: string) =>
  (text: string): string =>
    coloured ? `\u001b[${code}m${text}\u001b[0m` : text;

export const bold = paint('1');
export const dim = paint('2');
export const green = paint('32');
export const yellow = paint('33');
export const red = paint('31');

/** Columns padded to their widest cell, two spaces apart, no trailing blanks. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, plain(cell).length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - plain(cell).length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The text without its colours. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replace(/\u001b\[\d+m/g, '');
}

/** A span of milliseconds as people say it: `0.4 s`, `1 min 5 s`, `2 h 3 min`. */
export function spanText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
