import { labelValueErrors, qualifiedNameErrors } from '../kinds/names.js';
import { badRequest } from '../status/status.js';

export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  readonly values: readonly string[];
}

/** All must hold. */
export type LabelSelector = readonly Requirement[];

type Labels = Readonly<Record<string, string>> | undefined;

/**
 * Reads the text form of a label selector (k8s.io/apimachinery/pkg/labels).
 *
 * @throws ApiError 400 with the words of that parser
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = new Parser(tokensOf(text)).parse();
  for (const { key, operator, values } of requirements) {
    const wrongKey = qualifiedNameErrors(key)[0];
    if (wrongKey !== undefined)
      throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${wrongKey}`);
    for (const value of values) {
      const wrong =
        operator === 'gt' || operator === 'lt'
          ? /^-?\d+$/.test(value)
            ? undefined
            : "for 'Gt', 'Lt' operators, the value must be an integer"
          : labelValueErrors(value)[0];
      if (wrong !== undefined)
        throw badRequest(
          `unable to parse requirement: ${operator === 'gt' || operator === 'lt' ? 'values[0]' : `values[0][${key}]`}: Invalid value: ${JSON.stringify(value)}: ${wrong}`,
        );
    }
  }
  return requirements;
}

/** Whether labels satisfy every requirement. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => holds(requirement, labels?.[requirement.key]));
}

/** A metav1.LabelSelector as requirements; an absent one matches nothing, an empty one everything. */
export function fromLabelSelectorObject(selector: unknown): LabelSelector | undefined {
  if (typeof selector !== 'object' || selector === null) return undefined;
  const { matchLabels, matchExpressions } = selector as {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  const operators: Readonly<Record<string, Requirement['operator']>> = {
    In: 'in',
    NotIn: 'notin',
    Exists: 'exists',
    DoesNotExist: 'absent',
  };
  return [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'in' as const, values: [value] })),
    ...(matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator: operators[operator] ?? 'in',
      values: values ?? [],
    })),
  ];
}

function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'gt':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case 'lt':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
  }
}

interface Token {
  readonly type: 'word' | 'operator' | 'end';
  readonly text: string;
}

const longOperators = ['==', '!='];
const operators = new Set(['=', '!', '(', ')', ',', '<', '>']);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const long = text.slice(at, at + 2);
    const one = text[at] as string;
    if (/\s/.test(one)) at += 1;
    else if (longOperators.includes(long)) {
      tokens.push({ type: 'operator', text: long });
      at += 2;
    } else if (operators.has(one)) {
      tokens.push({ type: 'operator', text: one });
      at += 1;
    } else {
      let end = at;
      while (end < text.length && !operators.has(text[end] as string) && !/\s/.test(text[end] as string)) end += 1;
      tokens.push({ type: 'word', text: text.slice(at, end) });
      at = end;
    }
  }
  return [...tokens, { type: 'end', text: '' }];
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    while (this.#peek().type !== 'end') {
      if (this.#peek().type !== 'word' && this.#peek().text !== '!')
        throw this.#unexpected("!, identifier, or 'end of string'");
      requirements.push(this.#requirement());
      if (this.#peek().type === 'end') break;
      if (this.#peek().text !== ',') throw this.#unexpected("',' or 'end of string'");
      this.#next();
      if (this.#peek().type !== 'word' && this.#peek().text !== '!') throw this.#unexpected("identifier after ','");
    }
    return requirements;
  }

  #requirement(): Requirement {
    if (this.#peek().text === '!') {
      this.#next();
      return { key: this.#word('identifier'), operator: 'absent', values: [] };
    }
    const key = this.#word('identifier');
    const { type, text } = this.#peek();
    if (type === 'end' || text === ',') return { key, operator: 'exists', values: [] };
    this.#next();
    if (text === 'in' || text === 'notin') return { key, operator: text, values: this.#list() };
    if (text === '=' || text === '==') return { key, operator: 'in', values: [this.#value()] };
    if (text === '!=') return { key, operator: 'notin', values: [this.#value()] };
    if (text === '>' || text === '<')
      return { key, operator: text === '>' ? 'gt' : 'lt', values: [this.#word('identifier')] };
    this.#at -= 1;
    throw this.#unexpected('in, notin, =, ==, !=, gt, lt');
  }

  #list(): string[] {
    if (this.#next().text !== '(') throw this.#before("'('");
    const values: string[] = [];
    for (;;) {
      if (this.#peek().text === ')' || this.#peek().text === ',') values.push('');
      else values.push(this.#word("',', ')' or identifier"));
      const token = this.#next();
      if (token.text === ')') return [...new Set(values)];
      if (token.text !== ',')
        throw badRequest(
          `unable to parse requirement: found '${token.type === 'end' ? '' : token.text}', expected: ',' or ')'`,
        );
    }
  }

  #value(): string {
    const { type, text } = this.#peek();
    if (type === 'end' || text === ',') return '';
    return this.#word('identifier');
  }

  #word(expected: string): string {
    const token = this.#next();
    if (token.type !== 'word') throw this.#before(expected);
    return token.text;
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.type !== 'end') this.#at += 1;
    return token;
  }

  #unexpected(expected: string): Error {
    return badRequest(`found '${this.#peek().text}', expected: ${expected}`);
  }

  #before(expected: string): Error {
    const token = this.#tokens[Math.max(0, this.#at - (this.#peek().type === 'end' ? 0 : 1))] as Token;
    return badRequest(`found '${token.text}', expected: ${expected}`);
  }
}
