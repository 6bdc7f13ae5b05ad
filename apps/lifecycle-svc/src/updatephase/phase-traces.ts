import type { LCMCluster, LCMMachine } from '@keelson/api';
import { type UpdatePhase, updateSpanId } from '@keelson/contracts';
import type { Spans } from '@keelson/service';
import { clusterNameOf } from '../membership.js';

/**
 * The trace that the order for a step came with over NATS, kept on the LCMCluster: whichever process does the work, now or
 * after a restart, its spans belong to that trace.
 */
export const updateTraceAnnotation = 'keelson.dev/update-trace';

export function traceOf(lcmCluster: LCMCluster | undefined): string | undefined {
  return lcmCluster?.metadata.annotations?.[updateTraceAnnotation];
}

/** Phases of machines as spans: each is told once in a process, when it is over. */
export class PhaseTraces {
  readonly #spans: Spans;
  readonly #told = new Set<string>();
  readonly #machines = new Set<string>();

  constructor(spans: Spans) {
    this.#spans = spans;
  }

  isUntold({ metadata }: LCMMachine, trace: string): boolean {
    return this.#spans.isOn && !this.#machines.has(`${trace}/${metadata.uid ?? ''}`);
  }

  tell(machine: LCMMachine, traceId: string, phases: readonly UpdatePhase[]): void {
    const { namespace = '', name, uid = '' } = machine.metadata;
    this.#machines.add(`${traceId}/${uid}`);
    for (const { name: phase, startedAt, finishedAt: endedAt } of phases) {
      if (endedAt === undefined) continue;
      const spanId = updateSpanId(traceId, `machine/${name}/${phase}/${startedAt}`);
      if (this.#told.has(spanId)) continue;
      this.#told.add(spanId);
      this.#spans.record({
        traceId,
        spanId,
        parent: updateSpanId(traceId, `machine/${name}`),
        name: `phase ${phase}`,
        startedAt,
        endedAt,
        attributes: {
          'keelson.namespace': namespace,
          'keelson.cluster': clusterNameOf(machine) ?? '',
          'keelson.machine': name,
          'keelson.phase': phase,
        },
      });
    }
  }
}
