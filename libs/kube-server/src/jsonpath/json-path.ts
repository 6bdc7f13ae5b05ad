import { isObject } from '../schema/schema.js';

/** A compiled path: all values it finds in an object. */
export type JsonPath = (value: unknown) => unknown[];

type Step = (value: unknown) => unknown[];

/**
 * Compiles the subset of JSONPath that Kubernetes uses in definitions: `.a.b`, `['k']`, `[0]`, `[-1]`, `[*]`, `.*`,
 * `[?(@.x=="y")]`, `..` not included.
 *
 * @throws SyntaxError when the path is none
 */
export function compileJsonPath(text: string): JsonPath {
  const source = text
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .replace(/^\$/, '');
  const steps: Step[] = [];
  for (let at = 0; at < source.length;) {
    const { step, length } = nextStep(source.slice(at), text);
    steps.push(step);
    at += length;
  }
  return (value) => steps.reduce<unknown[]>((found, step) => found.flatMap(step), [value]);
}

function nextStep(source: string, whole: string): { step: Step; length: number } {
  const name = /^\.((?:\\.|[^.[\]\\\s])+)/.exec(source);
  if (name !== null)
    return {
      step: name[1] === '*' ? everything : member((name[1] ?? '').replace(/\\(.)/g, '$1')),
      length: name[0].length,
    };
  const quoted = /^\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/.exec(source);
  if (quoted !== null)
    return { step: member((quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1')), length: quoted[0].length };
  const index = /^\[\s*(-?\d+|\*)\s*\]/.exec(source);
  if (index !== null) return { step: index[1] === '*' ? everything : item(Number(index[1])), length: index[0].length };
  const filter =
    /^\[\?\(\s*@((?:[^=!<>()"']|\[['"][^'"]*['"]\])*?)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|-?[\d.]+|true|false|null))?\s*\)\]/.exec(
      source,
    );
  if (filter !== null) return { step: filtered(filter[1] ?? '', filter[2], filter[3]), length: filter[0].length };
  throw new SyntaxError(
    `${JSON.stringify(whole)} is no path that can be used: unexpected ${JSON.stringify(source.slice(0, 10))}`,
  );
}

const everything: Step = (value) =>
  Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : [];

function member(name: string): Step {
  return (value) => (isObject(value) && Object.hasOwn(value, name) && value[name] !== undefined ? [value[name]] : []);
}

function item(index: number): Step {
  return (value) => {
    const found: unknown = Array.isArray(value) ? value.at(index) : undefined;
    return found === undefined ? [] : [found];
  };
}

function filtered(path: string, operator: string | undefined, literal: string | undefined): Step {
  const read = compileJsonPath(path);
  const wanted =
    literal === undefined ? undefined : /^['"]/.test(literal) ? literal.slice(1, -1) : (JSON.parse(literal) as unknown);
  return (value) => everything(value).filter((one) => read(one).some((found) => holds(found, operator, wanted)));
}

function holds(found: unknown, operator: string | undefined, wanted: unknown): boolean {
  if (operator === undefined) return true;
  if (operator === '==') return found === wanted;
  if (operator === '!=') return found !== wanted;
  if (typeof found !== typeof wanted || (typeof found !== 'number' && typeof found !== 'string')) return false;
  const order = found < (wanted as typeof found) ? -1 : Number(found > (wanted as typeof found));
  return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;
}
