import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Layout, layoutHere } from '../layout.js';
import { addVersion, knownVersions, RolledVersions, rootOf } from './versions.js';

describe('versions of the programs on a machine', () => {
  let folder: string;
  let layout: Layout;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'keelson-versions-')));
    const checkout = join(folder, 'checkout');
    for (const [path, text] of Object.entries({
      'package.json': '{"name":"keelson","version":"1.0.0"}',
      'worlds/devhost/dist/main.js': 'main',
      'libs/std/dist/index.js': 'std',
      'libs/std/src/index.ts': 'source',
      'node_modules/zod/index.js': 'zod',
    })) {
      mkdirSync(dirname(join(checkout, path)), { recursive: true });
      writeFileSync(join(checkout, path), text);
    }
    mkdirSync(join(checkout, 'apps'));
    mkdirSync(join(checkout, 'node_modules', '@keelson'));
    symlinkSync('../../libs/std', join(checkout, 'node_modules', '@keelson', 'std'));
    layout = { ...layoutHere({ KEELSON_HOME: join(folder, 'home') }), root: checkout };
    mkdirSync(layout.run, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are copied from a checkout, own packages with them, packages of others linked', () => {
    const copy = addVersion(layout, '1.1.0', layout.root);
    writeFileSync(join(layout.root, 'libs/std/dist/index.js'), 'newer');
    expect({
      known: knownVersions(layout),
      roots: ['1.0.0', '1.1.0', '1.2.0', '../1.1.0'].map((version) => rootOf(layout, version)),
      version: (JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')) as { version: string }).version,
      own: readFileSync(join(copy, 'node_modules/@keelson/std/dist/index.js'), 'utf8'),
      others: realpathSync(join(copy, 'node_modules/zod')),
      hasSources: existsSync(join(copy, 'libs/std/src')),
    }).toEqual({
      known: ['1.0.0', '1.1.0'],
      roots: [layout.root, copy, undefined, undefined],
      version: '1.1.0',
      own: 'std',
      others: join(layout.root, 'node_modules/zod'),
      hasSources: false,
    });
  });

  it.each([
    ['latest', /is no version/],
    ['1.0.0', /is on this machine already/],
  ])('are refused where they make no sense: %s', (version, why) => {
    expect(() => addVersion(layout, version, layout.root)).toThrow(why);
  });

  it('are refused from a checkout that is not compiled', () => {
    rmSync(join(layout.root, 'worlds'), { recursive: true });
    expect(() => addVersion(layout, '1.1.0', layout.root)).toThrow(/holds no compiled Keelson/);
  });

  it('are remembered for each component', () => {
    new RolledVersions(layout).set('a-svc', '1.1.0');
    new RolledVersions(layout).set('b-svc', '1.2.0');
    const again = new RolledVersions(layout);
    expect(['a-svc', 'b-svc', 'c-svc'].map((name) => again.of(name))).toEqual(['1.1.0', '1.2.0', undefined]);
  });
});
