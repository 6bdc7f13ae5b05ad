import { timingSafeEqual } from 'node:crypto';
import { type Clock, type HttpResponse, messageOf } from '@keelson/std';
import { z } from 'zod';
import {
  cloudFaultMenu,
  agentFaultMenu,
  faultMenu,
  isFaultKind,
  podFaultMenu,
  standInFaultMenu,
  type FaultKind,
} from '../faults/faults.js';
import type { Lab } from '../lab.js';
import type { Handler, PlainRequest } from '../listen/https.js';
import type { Server } from '../world/server.js';
import { serverStages } from '../world/server.states.js';

const allFaults = { ...faultMenu, ...podFaultMenu, ...cloudFaultMenu, ...standInFaultMenu, ...agentFaultMenu };

export interface ControlOptions {
  readonly lab: Lab;
  readonly clock: Clock;
  /** Callers show it as `Authorization: Bearer`. */
  readonly token: string;
}

/**
 * The lab's own small HTTP API, for the command line and tests: it is no part of the data centre.
 *
 * `GET /healthz` (open) · `GET /servers` · `GET /clusters` · `GET /ledger` · `GET /faults` · `GET /faults/menu` ·
 * `POST /faults` `{kind, servers, inSeconds?, forSeconds?}` · `DELETE /faults` · `DELETE /faults/<id>` ·
 * `GET /pace` · `PUT /pace` `{factor}`
 */
export function controlHandler(options: ControlOptions): Handler {
  return async (request) => {
    const path = new URL(request.path, 'http://lab.invalid').pathname.replace(/\/+$/, '');
    if (request.method === 'GET' && (path === '/healthz' || path === '/readyz')) return json(200, { status: 'ok' });
    if (!isAllowed(request, options.token)) return json(401, { error: 'the token is missing or wrong' });
    try {
      return answer(options, request, path) ?? json(404, { error: `there is no ${request.method} ${path}` });
    } catch (error) {
      return json(400, { error: messageOf(error) });
    }
  };
}

function answer({ lab, clock }: ControlOptions, request: PlainRequest, path: string): HttpResponse | undefined {
  switch (`${request.method} ${path}`) {
    case 'GET /servers':
      return json(200, [...lab.servers.values()].map(described));
    case 'GET /clusters':
      return json(
        200,
        lab.clusters().map(({ state, answers }) => ({
          name: state.name,
          endpoint: `https://${state.id}`,
          answers,
          members: state.members,
        })),
      );
    case 'GET /ledger':
      return json(200, { entries: lab.ledger.entries(), repeatedWipes: lab.ledger.repeatedWipes() });
    case 'GET /faults':
      return json(200, lab.faults.list());
    case 'GET /faults/menu':
      return json(200, allFaults);
    case 'POST /faults':
      return json(201, lab.faults.inject(faultOf(request.body, clock.now())));
    case 'DELETE /faults':
      lab.faults.clearAll();
      return json(200, []);
    case 'GET /pace':
      return json(200, { factor: lab.pace.factor });
    case 'PUT /pace':
      lab.pace.setFactor(z.object({ factor: z.number() }).parse(JSON.parse(request.body)).factor);
      return json(200, { factor: lab.pace.factor });
    default:
      return cleared(lab, request, path);
  }
}

function cleared(lab: Lab, request: PlainRequest, path: string): HttpResponse | undefined {
  const id = /^\/faults\/([^/]+)$/.exec(path)?.[1];
  if (request.method !== 'DELETE' || id === undefined) return undefined;
  return lab.faults.clear(id) ? json(200, {}) : json(404, { error: `there is no fault ${id}` });
}

const faultRequest = z.object({
  kind: z.custom<FaultKind>(
    (value) => typeof value === 'string' && isFaultKind(value),
    `kind must be one of ${Object.keys(allFaults).join(', ')}`,
  ),
  servers: z.array(z.string().min(1)).min(1),
  inSeconds: z.number().min(0).optional(),
  forSeconds: z.number().positive().optional(),
});

function faultOf(body: string, now: number): Parameters<Lab['faults']['inject']>[0] {
  const { kind, servers, inSeconds, forSeconds } = faultRequest.parse(JSON.parse(body));
  const from = now + (inSeconds ?? 0) * 1000;
  return { kind, servers, from, ...(forSeconds === undefined ? {} : { until: from + forSeconds * 1000 }) };
}

function described({ hardware, state, power }: Server): object {
  return {
    name: state.id,
    simulated: true,
    power,
    stage: state.stage,
    stageMeans: serverStages[state.stage].means,
    since: new Date(state.since).toISOString(),
    mac: hardware.nics[0]?.mac,
    model: hardware.model,
    system:
      state.disk.system === undefined
        ? null
        : {
            hostname: state.disk.system.hostname,
            instanceId: state.disk.system.instanceId,
            internalIP: state.disk.system.internalIP ?? null,
          },
  };
}

function isAllowed(request: PlainRequest, token: string): boolean {
  const given = Buffer.from(request.headers['authorization'] ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function json(status: number, body: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(`${JSON.stringify(body)}\n`),
  };
}
