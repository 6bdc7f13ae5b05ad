import { type Clock, type Http, type Random, isFailure } from '@keelson/std';
import { parseBmcAddress } from './address.js';
import { type Connection, connect } from './connection.js';
import { badAnswer, unsupported } from './failures.js';
import { type HardwareInventory, expandLevels, readInventory } from './inventory.js';
import { type MediaSlot, type MediaState, drivesPath, eject, insert, mediaOf, readDrives, slotOf } from './media.js';
import { type Resource, at, linkAt, resourcesAt, textAt } from './resource.js';
import { type BootMode, type BootTarget, type SystemState, allowableValues, systemOf } from './system.js';

export type PowerAction = 'On' | 'ForceOff' | 'GracefulShutdown' | 'ForceRestart';

export interface RedfishOptions {
  /** As in `spec.bmc.address`: `redfish://host[:port]/redfish/v1/Systems/x` and Metal3's other schemes. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  /** True when absent. */
  readonly verifyCertificate?: boolean;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** For one exchange; 20 s when absent. BMCs answer in 0.1 to 5 s. */
  readonly timeoutMs?: number;
  /** For a task of the BMC; 5 minutes when absent. */
  readonly taskTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * One server through its BMC. Every call may throw a Failure: transient `BMCUnreachable`, `BMCBusy`, `BMCBadAnswer`;
 * terminal `BMCAuthenticationFailed`, `BMCUnsupported`, `BMCRefused`; conflict `BMCChanged`. All commands may be
 * repeated: what is already so is left alone.
 */
export interface RedfishClient {
  /** What the service says of itself without a login: proof that a BMC is there. */
  serviceRoot(): Promise<{
    readonly redfishVersion: string | undefined;
    readonly vendor: string | undefined;
    readonly product: string | undefined;
  }>;
  getSystem(): Promise<SystemState>;
  /** All hardware. Many BMCs know it only once the server has gone through POST. */
  inventory(): Promise<HardwareInventory>;
  /** From what the next boot (`Once`) or every boot (`Continuous`) starts; target `None` takes the override away. */
  setBootOverride(
    target: BootTarget,
    options: { readonly enabled: 'Once' | 'Continuous'; readonly mode: BootMode },
  ): Promise<void>;
  media(slot: MediaSlot): Promise<MediaState>;
  /** The system and what lies in both its drives, in as few requests as it takes. */
  survey(): Promise<{ readonly system: SystemState; readonly cd: MediaState; readonly config: MediaState }>;
  insertMedia(slot: MediaSlot, url: string): Promise<void>;
  ejectMedia(slot: MediaSlot): Promise<void>;
  /** Asks for a change of power; it is done when `getSystem().power` says so, not when this resolves. */
  power(action: PowerAction): Promise<void>;
}

/** A client for one server. Cheap: it holds no connection, and sessions are shared per BMC and account. */
export function redfishClient(options: RedfishOptions): RedfishClient {
  const { origin, systemPath } = parseBmcAddress(options.address);
  const connection = connect({
    account: {
      origin,
      username: options.username,
      password: options.password,
      verifyCertificate: options.verifyCertificate ?? true,
      http: options.http,
      timeoutMs: options.timeoutMs ?? 20_000,
    },
    clock: options.clock,
    random: options.random,
    signal: options.signal,
    taskTimeoutMs: options.taskTimeoutMs ?? 300_000,
  });
  const path = (): Promise<string> => (systemPath === undefined ? onlySystem(connection) : Promise.resolve(systemPath));
  // Asking a service to expand that cannot is an error (DSP0266, 7.3), so it is asked first, once per client.
  let known: number | undefined;
  const levels = async (): Promise<number> => (known ??= expandLevels((await connection.getOpen(rootPath)).resource));
  // Where the drives hang does not change; what lies in them is read each time.
  let place: string | undefined;
  const drives = async (system?: Resource): Promise<readonly Resource[]> => {
    place ??= await drivesPath(connection, system ?? (await connection.get(await path())).resource);
    return readDrives(connection, place, await levels());
  };
  const drive = async (slot: MediaSlot): Promise<Resource> => slotOf(await drives(), slot);
  return {
    async serviceRoot() {
      const { resource } = await connection.getOpen(rootPath);
      return {
        redfishVersion: textAt(resource, 'RedfishVersion'),
        vendor: textAt(resource, 'Vendor'),
        product: textAt(resource, 'Product'),
      };
    },
    async getSystem() {
      const at = await path();
      return systemOf(at, (await connection.get(at)).resource);
    },
    async inventory() {
      return readInventory(connection, await path(), await levels());
    },
    async setBootOverride(target, how) {
      await overrideBoot(connection, await path(), target, how);
    },
    async survey() {
      const at = await path();
      const { resource } = await connection.get(at);
      const found = await drives(resource);
      return {
        system: systemOf(at, resource),
        cd: mediaOf(slotOf(found, 'Cd')),
        config: mediaOf(slotOf(found, 'Config')),
      };
    },
    async media(slot) {
      return mediaOf(await drive(slot));
    },
    async insertMedia(slot, url) {
      await insert(connection, await drive(slot), url);
    },
    async ejectMedia(slot) {
      await eject(connection, await drive(slot));
    },
    async power(action) {
      await changePower(connection, await path(), action);
    },
  };
}

const rootPath = '/redfish/v1/';

async function onlySystem(connection: Connection): Promise<string> {
  const { resource: root } = await connection.getOpen(rootPath);
  const { resource: systems } = await connection.get(linkAt(root, 'Systems') ?? '/redfish/v1/Systems');
  const found = resourcesAt(systems, 'Members').map((member) => textAt(member, '@odata.id'));
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  throw unsupported(
    'finding the system',
    `the BMC has ${found.length} systems; name one in the address, such as redfish://host/redfish/v1/Systems/1`,
  );
}

interface Override {
  readonly enabled: 'Once' | 'Continuous';
  readonly mode: BootMode;
}

/** Writes under the entity tag that was read; when somebody else wrote in between, looks again once. */
async function overrideBoot(connection: Connection, path: string, target: BootTarget, how: Override): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { resource, etag } = await connection.get(path);
    const wanted = { target, enabled: target === 'None' ? 'Disabled' : how.enabled, mode: how.mode };
    const { boot } = systemOf(path, resource);
    if (boot.enabled === wanted.enabled && boot.target === wanted.target && (boot.mode ?? how.mode) === how.mode)
      return;
    const allowed = allowableValues(resource, 'Boot', 'BootSourceOverrideTarget');
    if (allowed.length > 0 && !allowed.includes(target)) {
      throw unsupported(`booting ${path} from ${target}`, `the BMC allows ${allowed.join(', ')}`);
    }
    try {
      return await connection.patch(path, { Boot: bootOf(resource, wanted) }, etag);
    } catch (error) {
      if (!isFailure(error, 'conflict') || attempt > 1) throw error;
    }
  }
}

/** BMCs without a choice of mode refuse the member, so it is sent only where the system shows it. */
function bootOf(resource: Resource, wanted: { target: string; enabled: string; mode: BootMode }): Resource {
  const mode =
    at(resource, 'Boot', 'BootSourceOverrideMode') === undefined ? {} : { BootSourceOverrideMode: wanted.mode };
  return { BootSourceOverrideTarget: wanted.target, BootSourceOverrideEnabled: wanted.enabled, ...mode };
}

/** What to send for an action, best first; the BMC's list of allowed types decides. */
const resetTypes: Record<PowerAction, readonly string[]> = {
  On: ['On', 'ForceOn'],
  ForceOff: ['ForceOff'],
  GracefulShutdown: ['GracefulShutdown', 'PushPowerButton'],
  ForceRestart: ['ForceRestart', 'PowerCycle'],
};

async function changePower(connection: Connection, path: string, action: PowerAction): Promise<void> {
  const { resource } = await connection.get(path);
  const { power } = systemOf(path, resource);
  const isAlready =
    action === 'On' ? power === 'On' || power === 'PoweringOn' : power === 'Off' && action !== 'ForceRestart';
  if (isAlready) return;
  const reset = ['Actions', '#ComputerSystem.Reset'] as const;
  const target = textAt(resource, ...reset, 'target');
  if (target === undefined) throw badAnswer(`power ${action} of ${path}`, 'the system offers no reset action');
  const allowed = await resetTypesOf(connection, resource);
  // A server that is off cannot be restarted; starting it is what was meant.
  const wanted = action === 'ForceRestart' && power === 'Off' ? resetTypes.On : resetTypes[action];
  const type = allowed.length === 0 ? wanted[0] : wanted.find((candidate) => allowed.includes(candidate));
  if (type === undefined) throw unsupported(`power ${action} of ${path}`, `the BMC allows ${allowed.join(', ')}`);
  await connection.post(target, { ResetType: type });
}

/** The allowed types stand in the action itself or in an ActionInfo beside it. */
async function resetTypesOf(connection: Connection, system: Resource): Promise<readonly string[]> {
  const inline = allowableValues(system, 'Actions', '#ComputerSystem.Reset', 'ResetType');
  const info = textAt(system, 'Actions', '#ComputerSystem.Reset', '@Redfish.ActionInfo');
  if (inline.length > 0 || info === undefined) return inline;
  const { resource } = await connection.get(info);
  const parameter = resourcesAt(resource, 'Parameters').find((candidate) => textAt(candidate, 'Name') === 'ResetType');
  const values = parameter === undefined ? undefined : parameter['AllowableValues'];
  return Array.isArray(values) ? values.filter((value): value is string => typeof value === 'string') : [];
}
