import { describe, expect, test } from '@jest/globals';
import { type ContainerPlan, containerScript, processWords } from './container-script.js';

const plan: ContainerPlan = {
  tree: '/trees/a',
  directory: '/run/c',
  mounts: [],
  environment: {},
  command: ['nova-api', "it's"],
  user: 'nova',
  extraGroups: [],
  rights: { added: [], mayGainMore: false },
  hostsFile: '/run/hosts',
  resolverFile: '/run/resolv.conf',
};
const mount = { source: '/s', isFile: false, readOnly: false, propagation: 'private' } as const;
const mountLines = (...mounts: ContainerPlan['mounts']) =>
  containerScript({ ...plan, mounts })
    .split('\n')
    .filter((line) => /'\/s/u.test(line));

describe('what becomes a container', () => {
  test('mounts come in the order of their depth, whatever the pod says', () => {
    expect(mountLines({ ...mount, target: '/var/lib/a/b' }, { ...mount, target: '/var/lib' })).toEqual([
      "mount --rbind '/s' '/run/c/root/var/lib'",
      "mount --rbind '/s' '/run/c/root/var/lib/a/b'",
    ]);
  });

  test('only a bidirectional mount keeps its tie to the node', () => {
    const text = containerScript({
      ...plan,
      mounts: [{ ...mount, target: '/run/netns', propagation: 'Bidirectional' }],
    });
    expect(text).toContain("mount --rbind '/s' '/run/c/root/run/netns'");
    expect(text).not.toContain("make-rprivate '/run/c/root/run/netns'");
    expect(text).not.toContain("make-rslave '/run/c/root/run/netns'");
  });

  test('a file has something to be mounted on, and is read only when asked', () => {
    const text = containerScript({
      ...plan,
      mounts: [{ ...mount, target: '/etc/a.conf', isFile: true, readOnly: true }],
    });
    expect(text).toContain(
      "mkdir -p '/run/c/root/etc'; [ -e '/run/c/root/etc/a.conf' ] || : > '/run/c/root/etc/a.conf'",
    );
    expect(text).toContain("mount -o remount,bind,ro '/run/c/root/etc/a.conf'");
  });

  test('the devices of the node take the place of those of the container', () => {
    expect(containerScript(plan)).toContain('devpts');
    expect(containerScript({ ...plan, mounts: [{ ...mount, target: '/dev' }] })).not.toContain('devpts');
  });

  test('a process has its user, the usual capabilities, and can gain none', () => {
    const words = processWords(plan);
    expect(words).toContain("--reuid='nova'");
    expect(words).toMatch(/--bounding-set=-all,\S*\+net_bind_service/u);
    expect(words).toContain('--no-new-privs');
    expect(words).not.toContain('sys_admin');
    expect(words.endsWith(String.raw`'nova-api' 'it'\''s'`)).toBe(true);
  });

  test('a privileged process keeps all rights', () => {
    expect(processWords({ ...plan, user: 'root', rights: 'privileged' })).toMatch(/^setpriv env -i /u);
  });
});
