import type { IpamHost } from '@keelson/api';
import { equalJson } from '@keelson/std';
import type { Rendered } from './ipam-host.render.js';

/** How long changes are accepted freely in mode MANUAL-GRACEPERIOD, counted from the making of the object. */
const graceMs = 3 * 3_600_000;

/** `OK: <time> <sha256>` and nothing else says that files are accepted. */
export function acceptedHash({ status }: IpamHost): string | undefined {
  const [state, , hash] = (status?.netconfigFilesState ?? '').split(' ');
  return state === 'OK:' ? hash : undefined;
}

/** Whether the rendered network may come into force now. */
export function isAcceptable(ipamHost: IpamHost, rendered: Rendered, now: number): boolean {
  const { netconfigUpdateMode, netconfigUpdateAllow } = ipamHost.spec;
  if (acceptedHash(ipamHost) === rendered.hash || netconfigUpdateAllow) return true;
  switch (netconfigUpdateMode) {
    case 'AUTO-UNSAFE':
      return true;
    case 'AUTO':
      return onlyAdds(ipamHost.status?.netconfigV2 ?? {}, rendered.netplan);
    case 'MANUAL-GRACEPERIOD':
      return now - Date.parse(ipamHost.metadata.creationTimestamp ?? '') < graceMs;
    case 'MANUAL':
      return false;
  }
}

/** True when everything of `before` is in `after` as it was. */
function onlyAdds(before: unknown, after: unknown): boolean {
  if (
    typeof before !== 'object' ||
    before === null ||
    typeof after !== 'object' ||
    after === null ||
    Array.isArray(before)
  )
    return equalJson(before, after);
  const members = new Map<string, unknown>(Object.entries(after));
  return Object.entries(before).every(([name, value]) => onlyAdds(value, members.get(name)));
}
