import { type Http, messageOf, transient } from '@keelson/std';
import { z } from 'zod';

/** Where StackLight's Prometheus is in a cluster. */
export const stacklightNamespace = 'stacklight';
const prometheus = `http://prometheus-server.${stacklightNamespace}.svc.cluster.local:80/api/v1/query`;
const timeoutMs = 15_000;

/** Percent of its CPUs that a host has kept busy for five minutes, and CPUs that an instance has: what MOSK's collector reads. */
const ofHosts = 'sum by (node) (node_load5) / sum by (node) (machine_cpu_cores) * 100';
const ofInstances = 'libvirt_domain_info_cpu_time_seconds:rate5m';

/** What StackLight has measured. */
export interface MeasuredLoad {
  /** Percent, by host. */
  readonly hosts: ReadonlyMap<string, number>;
  /** CPUs kept busy, by what a series is labelled with; the id of the instance is among it. */
  readonly instances: ReadonlyMap<string, number>;
}

const AnswerSchema = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
type Series = z.infer<typeof AnswerSchema>['data']['result'][number];

/** @throws Failure transient when StackLight is not there, does not answer, or says what cannot be read */
export async function measuredLoad(http: Http): Promise<MeasuredLoad> {
  const [hosts, instances] = await Promise.all([asked(http, ofHosts), asked(http, ofInstances)]);
  return {
    hosts: new Map(hosts.flatMap((series) => valued(series.metric['node'], series))),
    // Exporters differ in what they call the id of a domain.
    instances: new Map(instances.flatMap((series) => Object.values(series.metric).flatMap((id) => valued(id, series)))),
  };
}

function valued(name: string | undefined, { value: [, text] }: Series): readonly (readonly [string, number])[] {
  const value = Number(text);
  return name === undefined || !Number.isFinite(value) || value < 0 ? [] : [[name, value]];
}

async function asked(http: Http, query: string): Promise<readonly Series[]> {
  const url = `${prometheus}?query=${encodeURIComponent(query)}`;
  try {
    const { status, body } = await http({ method: 'GET', url, timeoutMs });
    if (status !== 200) throw transient(`it answers ${status}`);
    return AnswerSchema.parse(JSON.parse(Buffer.from(body).toString('utf8'))).data.result;
  } catch (error) {
    const message = `the load cannot be read from StackLight's Prometheus: ${messageOf(error)}`;
    throw transient(message, { reason: 'StackLightSilent', cause: error });
  }
}
