/** What a selector asks of one label, or a node selector of one label or field. */
export interface SelectorRequirement {
  readonly key: string;
  /** As Kubernetes spells it, or short: `In` or `in`, `DoesNotExist` or `!`. */
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** Whether a value, or its absence, is what a requirement asks for. Nothing is what an unknown operator asks for. */
export function fulfils({ operator, values = [] }: SelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
    case 'in':
      return value !== undefined && values.includes(value);
    case 'NotIn':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'Exists':
    case 'exists':
      return value !== undefined;
    case 'DoesNotExist':
    case '!':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
