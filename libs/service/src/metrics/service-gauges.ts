import { Gauge, type Registry } from 'prom-client';

/** What a service measures of what it looks after; asked for when metrics are read. */
export interface ServiceGauge {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: () => readonly GaugeSample[];
}

export interface GaugeSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Shows gauges at each reading as they are then: what has no sample any more is gone. */
export function showGauges(registry: Registry, gauges: readonly ServiceGauge[]): void {
  for (const { name, help, labels, samples } of gauges)
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const sample of samples()) this.set(sample.labels, sample.value);
      },
    });
}
