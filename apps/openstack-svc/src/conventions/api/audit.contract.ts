import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { auditPipeline } from './audit.js';

describe('the script that puts audit into a pipeline', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function piped(paste: string): { status: number | null; text: string; error: string } {
    const [source, target] = [join(folder, 'in.ini'), join(folder, 'out.ini')];
    writeFileSync(source, paste);
    writeFileSync(target, '');
    const { status, stderr } = spawnSync('python3', ['-c', auditPipeline, source, target, '/etc/nova/map.conf'], {
      encoding: 'utf8',
    });
    return { status, text: readFileSync(target, 'utf8'), error: stderr };
  }

  const filter =
    '\n[filter:audit]\npaste.filter_factory = keystonemiddleware.audit:filter_factory\naudit_map_file = /etc/nova/map.conf\n';

  test('it stands behind who checks tokens, in every pipeline that does, and the rest stays', () => {
    const paste = `[composite:v2]
use = call:pipeline_factory
# keystone = authtoken app
noauth = cors app
keystone = cors  authtoken keystonecontext app

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
`;
    expect(piped(paste)).toEqual({
      status: 0,
      error: '',
      text: `${paste.replace('cors  authtoken', 'cors authtoken audit').trimEnd()}\n${filter}`,
    });
  });

  test('one that the package has is led by our map, and once', () => {
    const { text } = piped(
      '[pipeline:api]\npipeline = authtoken audit app\n[filter:audit]\naudit_map_file = /other\n[app:app]\nuse = x\n',
    );
    expect(text).toBe(`[pipeline:api]\npipeline = authtoken audit app\n[app:app]\nuse = x\n${filter}`);
  });

  test('without a place for it the API does not start unaudited', () => {
    expect(piped('[pipeline:api]\npipeline = app\n')).toMatchObject({
      status: 1,
      error: expect.stringContaining('checks tokens nowhere'),
    });
  });
});
