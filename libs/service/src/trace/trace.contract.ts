import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, natsBus } from '@keelson/bus';
import { lifecycleRequests } from '@keelson/contracts';
import { silentLog, systemClock, systemRandom } from '@keelson/std';
import {
  type OtlpReceiver,
  type ThrowawayNats,
  lackOfNats,
  startNats,
  startOtlpReceiver,
  treeOf,
} from '@keelson/testing';
import { openTelemetryTrace } from './context.js';
import { openTelemetrySpans } from './spans.js';
import { startTracing } from './tracing.js';

const lack = lackOfNats();
const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
const order = { namespace: 'demo', cluster: 'first', plan: 'first-2', step: 'ceph', target: 'mosk-2' };

(lack === undefined ? describe : describe.skip)('traces of a service', () => {
  let nats: ThrowawayNats;
  let receiver: OtlpReceiver;
  const buses: Bus[] = [];
  const spans = openTelemetrySpans('release-svc');
  const before = { ...process.env };

  beforeAll(async () => {
    [nats, receiver] = await Promise.all([startNats(), startOtlpReceiver()]);
  });
  afterAll(async () => {
    process.env = before;
    await Promise.all(buses.map((bus) => bus.close()));
    await Promise.all([nats.stop(), receiver.stop()]);
  });

  const busOf = async (service: string): Promise<Bus> => {
    const world = { clock: systemClock, random: systemRandom, log: silentLog };
    const bus = await natsBus({ service, ...world, servers: [nats.server], trace: openTelemetryTrace });
    buses.push(bus);
    return bus;
  };

  it('go nowhere, and cost nothing, until there is an endpoint', async () => {
    const tracing = await startTracing('release-svc', {});
    expect([spans.isOn, await spans.within(ids, async () => spans.traceId())]).toEqual([false, undefined]);
    await tracing.stop();
  });

  it('are one tree across NATS, with the ids they are given, in whichever order and however often they are told', async () => {
    Object.assign(process.env, receiver.environment);
    const tracing = await startTracing('release-svc', receiver.environment);
    const [asks, answers] = [await busOf('release-svc'), await busOf('lifecycle-svc')];
    let heard: string | undefined;
    await answers.respond(lifecycleRequests.cluster.update, async () => {
      heard = spans.traceId();
      return { status: 'InProgress', message: 'is at it' };
    });
    await spans.within(ids, () => asks.request(lifecycleRequests.cluster.update, order, { timeoutMs: 5_000 }));
    expect(heard).toBe(ids.traceId);
    const root = { ...ids, spanId: 'c'.repeat(16) };
    const times = { startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:01:00.000Z' };
    const step = { ...ids, ...times, parent: root.spanId, name: 'step ceph', attributes: { 'keelson.step': 'ceph' } };
    for (const span of [step, step, { ...root, ...times, name: 'update first-2', attributes: {} }]) spans.record(span);
    await tracing.stop();
    expect(treeOf(receiver.spans, '')).toEqual([
      'update first-2',
      '  step ceph',
      '    answer lifecycle.cluster.update',
    ]);
    expect(receiver.spans.find(({ spanId }) => spanId === ids.spanId)).toMatchObject({
      scope: 'release-svc',
      startedAt: Date.parse(times.startedAt),
      endedAt: Date.parse(times.endedAt),
      attributes: { 'keelson.step': 'ceph' },
    });
    expect(spans.isOn).toBe(false);
  });
});
