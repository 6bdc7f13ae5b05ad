import { type Chart } from './chart.js';
import { isRecord, valueAt } from './json.js';
import type { Resources } from './kubernetes.js';

/** How heavy a process is; the size of the cloud says what that means. */
export type Weight = 'agent' | 'api' | 'worker' | 'database' | 'broker' | 'job' | 'proxy';

interface Need {
  readonly cpu: string;
  readonly memory: string;
  readonly mostMemory: string;
}

/** Requests and limits for the smallest cloud; idle processes were measured at 65 to 350 MB. CPU is requested, never limited. */
const needs: Readonly<Record<Weight, Need>> = {
  agent: { cpu: '50m', memory: '192Mi', mostMemory: '2Gi' },
  api: { cpu: '100m', memory: '384Mi', mostMemory: '3Gi' },
  worker: { cpu: '100m', memory: '256Mi', mostMemory: '3Gi' },
  database: { cpu: '250m', memory: '1Gi', mostMemory: '8Gi' },
  broker: { cpu: '250m', memory: '512Mi', mostMemory: '4Gi' },
  job: { cpu: '50m', memory: '128Mi', mostMemory: '2Gi' },
  proxy: { cpu: '20m', memory: '32Mi', mostMemory: '256Mi' },
};

/** What services that grow with the cloud need in larger ones. */
const larger: Readonly<Record<string, Partial<Readonly<Record<Weight, Need>>>>> = {
  small: {
    database: { cpu: '1', memory: '8Gi', mostMemory: '24Gi' },
    broker: { cpu: '500m', memory: '2Gi', mostMemory: '12Gi' },
  },
  medium: {
    api: { cpu: '250m', memory: '512Mi', mostMemory: '4Gi' },
    database: { cpu: '2', memory: '16Gi', mostMemory: '48Gi' },
    broker: { cpu: '1', memory: '4Gi', mostMemory: '16Gi' },
  },
};

/**
 * Resources of a component: raw values `pod.resources.<component>` over what the size gives.
 *
 * @param reserved what the node sets aside, such as `hugepages-1Gi`: Kubernetes wants it requested and limited alike
 */
export function resourcesOf(
  chart: Chart,
  component: string,
  weight: Weight,
  reserved: Readonly<Record<string, string>> = {},
): Resources {
  const { cpu, memory, mostMemory } = larger[chart.cloud.spec.size]?.[weight] ?? needs[weight];
  const own = valueAt(chart.values, ['pod', 'resources', component.replaceAll('-', '_')]);
  return {
    requests: { cpu, memory, ...reserved, ...quantities(valueAt(own, ['requests'])) },
    limits: { memory: mostMemory, ...reserved, ...quantities(valueAt(own, ['limits'])) },
  };
}

function quantities(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, quantity]) => [name, String(quantity)]));
}
