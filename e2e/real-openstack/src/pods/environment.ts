import type { Container } from './template.js';

export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly ip: string;
  readonly nodeIp: string;
  secret(name: string, key: string): string | undefined;
}

/** The environment of a container: values, fields of the pod, keys of Secrets; `$(NAME)` is what was defined before. */
export function environmentOf({ env }: Container, facts: PodFacts): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    const text =
      secretKeyRef !== undefined
        ? facts.secret(secretKeyRef.name, secretKeyRef.key)
        : fieldRef !== undefined
          ? fieldOf(fieldRef.fieldPath, facts)
          : expanded(value ?? '', environment);
    if (text !== undefined) environment[name] = text;
  }
  return environment;
}

/** `$(NAME)` in a value or an argument, where NAME is defined; `$$` is one dollar. */
export function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_]*)\)/gu, (found, name: string | undefined) =>
    name === undefined ? '$' : (environment[name] ?? found),
  );
}

function fieldOf(path: string, { name, namespace, node, ip, nodeIp }: PodFacts): string | undefined {
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': name,
    'metadata.namespace': namespace,
    'spec.nodeName': node,
    'status.podIP': ip,
    'status.hostIP': nodeIp,
  };
  return fields[path];
}
