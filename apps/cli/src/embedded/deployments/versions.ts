import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { terminal } from '@keelson/std';
import type { Layout } from '../layout.js';

/** Folders of a checkout that programs are run from. */
const programFolders = ['apps', 'libs', 'worlds'];
/** What of them no program needs. */
const unneeded = new Set(['node_modules', 'src', 'test', 'recorded']);

/** The version of the programs below a folder, a checkout or one of `versions/`. */
export function versionOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}

/** Where the programs of a version lie: this checkout for its own, else a folder of the installation; undefined when nowhere. */
export function rootOf(layout: Layout, version: string): string | undefined {
  if (version === versionOf(layout.root)) return layout.root;
  const folder = join(layout.versions, version);
  return isVersion(version) && existsSync(join(folder, 'package.json')) ? folder : undefined;
}

/** How an operator brings a version to this machine. */
export const howToAdd = (version: string): string => `./keelson versions add ${version} --from <a checkout of it>`;

/** The versions that lie on this machine: that of the checkout first. */
export function knownVersions(layout: Layout): readonly string[] {
  const others = existsSync(layout.versions) ? readdirSync(layout.versions).filter(isVersion).sort() : [];
  return [...new Set([versionOf(layout.root), ...others])];
}

/**
 * Copies the compiled programs of a checkout as a version that services can be rolled to. Its npm packages stay where they
 * are: the checkout must stay, and keep those of its lock file.
 *
 * @throws Failure terminal when the name is none, the version is there, or the checkout is not compiled
 */
export function addVersion(layout: Layout, version: string, checkout: string): string {
  if (!isVersion(version)) throw terminal(`"${version}" is no version such as 1.2.3`);
  if (rootOf(layout, version) !== undefined) throw terminal(`version ${version} is on this machine already`);
  if (!existsSync(join(checkout, 'worlds', 'devhost', 'dist', 'main.js')))
    throw terminal(`${checkout} holds no compiled Keelson: run ./keelson up, or npm run build, there first`);
  mkdirSync(layout.versions, { recursive: true });
  const folder = join(layout.versions, version);
  const next = `${folder}.new`;
  rmSync(next, { recursive: true, force: true });
  for (const name of programFolders)
    cpSync(join(checkout, name), join(next, name), {
      recursive: true,
      filter: (path) => !unneeded.has(basename(path)),
    });
  linkPackages(join(checkout, 'node_modules'), join(next, 'node_modules'));
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as object;
  writeFileSync(join(next, 'package.json'), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  renameSync(next, folder);
  return folder;
}

/** Packages of others by links to where they are; our own by the same relative links, so that they lead to the copies. */
function linkPackages(from: string, to: string): void {
  mkdirSync(join(to, '@keelson'), { recursive: true });
  for (const name of readdirSync(from))
    if (!name.startsWith('.') && name !== '@keelson') symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@keelson')))
    symlinkSync(readlinkSync(join(from, '@keelson', name)), join(to, '@keelson', name));
}

/** A tag of an image, and a name of a folder. */
function isVersion(text: string): boolean {
  return /^\d[\w.-]*$/.test(text) && !text.endsWith('.new');
}

/** Versions that services were rolled to, by component: what the next start begins with. */
export class RolledVersions {
  readonly #file: string;

  constructor(layout: Layout) {
    this.#file = join(layout.run, 'versions.json');
  }

  of(component: string): string | undefined {
    return this.#read()[component];
  }

  set(component: string, version: string): void {
    const next = `${this.#file}.${process.pid}`;
    writeFileSync(next, JSON.stringify({ ...this.#read(), [component]: version }, null, 2));
    renameSync(next, this.#file);
  }

  #read(): Readonly<Record<string, string>> {
    return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, string>) : {};
  }
}
