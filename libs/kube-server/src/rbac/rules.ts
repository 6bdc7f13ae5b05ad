import type { Attributes } from '../engine/engine.js';
import { isObject } from '../schema/schema.js';
import type { Draft } from '../storage/stored.js';

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** The rules of a role; what is missing is empty. */
export function rulesOf(role: Draft | undefined): readonly PolicyRule[] {
  const rules = role?.rules;
  return Array.isArray(rules) ? rules.filter(isObject).map(readRule) : [];
}

function readRule(rule: Draft): PolicyRule {
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    verbs: texts(rule.verbs),
    apiGroups: texts(rule.apiGroups),
    resources: texts(rule.resources),
    resourceNames: texts(rule.resourceNames),
    nonResourceURLs: texts(rule.nonResourceURLs),
  };
}

/** Whether a rule allows what is asked. */
export function allows(rule: PolicyRule, asked: Attributes): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined) return allowsPath(rule, asked.path);
  if (!has(rule.apiGroups, asked.group ?? '') || !allowsResource(rule, asked.resource ?? '', asked.subresource ?? ''))
    return false;
  return rule.resourceNames.length === 0 || rule.resourceNames.includes(asked.name ?? '');
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

/** `pods/log`, `*\/scale` for a subresource of anything, `*` for all. */
function allowsResource({ resources }: PolicyRule, resource: string, subresource: string): boolean {
  if (subresource === '') return has(resources, resource);
  return has(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function allowsPath({ nonResourceURLs }: PolicyRule, path: string): boolean {
  return nonResourceURLs.some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  );
}

/** The parts of `wanted` that no rule of `held` covers, each with one verb and one thing; empty when all are. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(partsOf).filter((part) => !held.some((rule) => covers(rule, part)));
}

function partsOf(rule: PolicyRule): PolicyRule[] {
  const empty = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  return rule.verbs.flatMap((verb) => [
    ...rule.nonResourceURLs.map((url) => ({ ...empty, verbs: [verb], nonResourceURLs: [url] })),
    ...rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((resource) => {
        const part = { ...empty, verbs: [verb], apiGroups: [group], resources: [resource] };
        return rule.resourceNames.length === 0
          ? [part]
          : rule.resourceNames.map((name) => ({ ...part, resourceNames: [name] }));
      }),
    ),
  ]);
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const [verb = '', group, resource, name, url] = [
    part.verbs[0],
    part.apiGroups[0],
    part.resources[0],
    part.resourceNames[0],
    part.nonResourceURLs[0],
  ];
  if (!has(rule.verbs, verb)) return false;
  if (url !== undefined) return rule.nonResourceURLs.includes(url) || allowsPath(rule, url);
  if (group === undefined || resource === undefined || !has(rule.apiGroups, group)) return false;
  const [plain = '', sub = ''] = resource.split('/');
  const coversResource =
    resource === '*'
      ? rule.resources.includes('*')
      : allowsResource(rule, plain, sub) || rule.resources.includes(resource) || rule.resources.includes('*');
  return (
    coversResource && (rule.resourceNames.length === 0 || (name !== undefined && rule.resourceNames.includes(name)))
  );
}

/** A rule as messages show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function ruleText(rule: PolicyRule): string {
  const members = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ] as const;
  return `{${members
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name}:${JSON.stringify(list).replaceAll('","', '", "')}`)
    .join(', ')}}`;
}
