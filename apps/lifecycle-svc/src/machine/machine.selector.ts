import { fulfils, type LabelSelector } from '@keelson/api';

type Labels = Readonly<Record<string, string>>;

/** Whether labels fulfil all requirements of a selector; both spellings of operators are read. */
export function matches(selector: LabelSelector, labels: Labels = {}): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal && (selector.matchExpressions ?? []).every((requirement) => fulfils(requirement, labels[requirement.key]))
  );
}

/** A selector as one writes it for kubectl: `rack=a,size in (l,xl)`. */
export function selectorText(selector: LabelSelector): string {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (['In', 'in'].includes(operator)) return `${key} in (${values.join(',')})`;
    if (['NotIn', 'notin'].includes(operator)) return `${key} notin (${values.join(',')})`;
    return ['Exists', 'exists'].includes(operator) ? key : `!${key}`;
  });
  return [...equal, ...expressions].join(',');
}

/** `namespace|key=value`: under which a host can be found for a selector that begins with that label, or any. */
export const labelIndex = (namespace: string | undefined, key: string, value: string): string =>
  `${namespace ?? ''}|${key}=${value}`;
export const anyIndex = (namespace: string | undefined): string => `${namespace ?? ''}|*`;

/** Under which indices the hosts lie that a selector can match. */
export function indexOfSelector(namespace: string | undefined, selector: LabelSelector | undefined): string {
  const first = Object.entries(selector?.matchLabels ?? {})[0];
  return first === undefined ? anyIndex(namespace) : labelIndex(namespace, ...first);
}
