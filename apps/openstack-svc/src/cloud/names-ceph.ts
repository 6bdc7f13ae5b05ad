import { isRecord, valueAt } from '../render/json.js';

/** True of a spec that puts something in Ceph: images, disks of instances, a declared back end of volumes or of shares. */
export function namesCeph(spec: object): boolean {
  const nodes = valueAt(spec, ['nodes']);
  const scopes = [spec, ...(isRecord(nodes) ? Object.values(nodes) : [])];
  return (
    membersOf(spec, 'features', 'glance', 'backends', 'rbd').length > 0 ||
    scopes.some((scope) => valueAt(scope, ['features', 'nova', 'images', 'backend']) === 'ceph') ||
    driversIn(spec, ['cinder', 'volume'], 'volume_driver').some((driver) => driver.includes('.rbd.')) ||
    driversIn(spec, ['manila', 'share'], 'share_driver').some((driver) => driver.includes('.cephfs.'))
  );
}

function driversIn(spec: object, [project, process]: readonly [string, string], option: string): readonly string[] {
  return membersOf(spec, 'features', project, process, 'backends')
    .filter((backend) => valueAt(backend, ['enabled']) !== false)
    .flatMap((backend) => membersOf(backend, 'values', 'conf', project))
    .map((section) => valueAt(section, [option]))
    .filter((driver) => typeof driver === 'string');
}

function membersOf(document: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(document, path);
  return isRecord(value) ? Object.values(value) : [];
}
