import type { HttpResponse } from '@keelson/std';
import type { PowerCommand, Server } from '../world/server.js';
import type { BootOverride, MediaName } from '../world/server.state.js';
import { badValue, empty, refusal } from './errors.js';
import { mediaNames } from './manager-resources.js';
import { bootEnabled, bootModes, bootTargets, resetTypes } from './system-resources.js';

export type Body = Readonly<Record<string, unknown>>;

/** POST …/Actions/ComputerSystem.Reset */
export function reset(server: Server, body: Body): HttpResponse {
  const wanted = body['ResetType'] ?? 'On';
  const type: PowerCommand | undefined = resetTypes.find((candidate) => candidate === wanted);
  if (type === undefined) return badValue(wanted, 'ResetType');
  server.command(type);
  return empty(204);
}

/** POST …/VirtualMedia/<drive>/Actions/VirtualMedia.InsertMedia */
export function insertMedia(server: Server, drive: string | undefined, body: Body): HttpResponse | undefined {
  const name = mediaName(drive);
  if (name === undefined) return undefined;
  const image = body['Image'];
  if (typeof image !== 'string' || !/^https?:\/\//.test(image)) {
    return refusal(400, 'ActionParameterValueFormatError', 'The parameter Image must be an HTTP or HTTPS URL.');
  }
  if (server.state.media[name] !== undefined)
    return refusal(400, 'ResourceInUse', `The virtual drive ${name} already holds an image.`);
  server.setMedia(name, image);
  return empty(204);
}

/** POST …/VirtualMedia/<drive>/Actions/VirtualMedia.EjectMedia */
export function ejectMedia(server: Server, drive: string | undefined): HttpResponse | undefined {
  const name = mediaName(drive);
  if (name === undefined) return undefined;
  server.setMedia(name, undefined);
  return empty(204);
}

/** PATCH of the system: only the boot override can be written. */
export function patchBoot(server: Server, body: Body): HttpResponse | undefined {
  const boot = body['Boot'];
  if (typeof boot !== 'object' || boot === null)
    return refusal(400, 'PropertyMissing', 'Only the property Boot can be written.');
  const read = <T extends string>(name: string, allowed: readonly T[], present: T): T | HttpResponse => {
    const value: unknown = Reflect.get(boot, name) ?? present;
    return allowed.find((candidate) => candidate === value) ?? badValue(value, `Boot/${name}`);
  };
  const { state } = server;
  const target = read('BootSourceOverrideTarget', bootTargets, state.boot.target);
  const wasDisabled = state.boot.enabled === 'Disabled' ? 'Once' : state.boot.enabled;
  const enabled = read('BootSourceOverrideEnabled', bootEnabled, target === 'None' ? 'Disabled' : wasDisabled);
  const mode = read('BootSourceOverrideMode', bootModes, state.boot.mode);
  for (const part of [target, enabled, mode]) if (typeof part !== 'string') return part;
  const next: Partial<BootOverride> = {
    ...textOf('target', target),
    ...textOf('enabled', enabled),
    ...textOf('mode', mode),
  };
  server.setBoot({ ...state.boot, ...next });
  return undefined;
}

function textOf<N extends string, T extends string>(name: N, value: T | HttpResponse): Partial<Record<N, T>> {
  const part: Partial<Record<N, T>> = {};
  if (typeof value === 'string') part[name] = value;
  return part;
}

function mediaName(text: string | undefined): MediaName | undefined {
  return mediaNames.find((name) => name === text);
}
