/**
 * Makes the command itself runnable, with Node alone: checks the Node version, installs the npm packages when those that
 * are here are not those of the lock file, compiles when a source changed, then runs the command. Each part is skipped when
 * a stamp says it is done, so that a second call costs a fraction of a second.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamps = join(root, 'node_modules', '.keelson');

function fail(message) {
  process.stderr.write(`keelson: ${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const fine = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!fine)
    fail(`Node ${process.versions.node} is not supported. Use Node 20.19 or newer of the 20 line, or 22.12 and up.`);
}

function stampIs(name, value) {
  const file = join(stamps, name);
  return existsSync(file) && readFileSync(file, 'utf8') === value;
}

function setStamp(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), value);
}

function run(what, command, args) {
  const begun = process.hrtime.bigint();
  process.stderr.write(`keelson: ${what} …`);
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, NX_NO_CLOUD: 'true' },
  });
  if (result.error?.code === 'ENOENT') fail(`\n${command} is not on PATH; it comes with Node.js.`);
  if (result.status !== 0) {
    process.stderr.write(`\n${result.stdout ?? ''}${result.stderr ?? ''}`);
    fail(`${what} failed (${command} ${args.join(' ')}). The output above says why.`);
  }
  process.stderr.write(` done in ${(Number(process.hrtime.bigint() - begun) / 1e9).toFixed(1)} s\n`);
}

function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (stampIs('packages', lock)) return;
  if (!packagesFit())
    run('installing npm packages (once per change of the lock file)', 'npm', [
      'ci',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
  setStamp('packages', lock);
}

/**
 * Whether what npm says it has installed is what the lock file names. Packages for other machines are not installed; one for
 * this machine comes with the package that wants it, which is then another one too.
 */
function packagesFit() {
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesIn(join(root, 'package-lock.json'));
  return (
    [...installed.keys()].every((path) => wanted.has(path)) &&
    [...wanted].every(([path, { link, optional, integrity }]) => {
      if (!installed.has(path)) return optional === true;
      return existsSync(join(root, path)) && (link === true || installed.get(path).integrity === integrity);
    })
  );
}

/** The packages below `node_modules` that a lock file names; none when there is no such file. */
function packagesIn(lockFile) {
  if (!existsSync(lockFile)) return new Map();
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return new Map(Object.entries(packages).filter(([path]) => path.startsWith('node_modules/')));
}

/** The text of every source: what a checkout or an editor has only touched is not compiled again. */
function sourceState() {
  const hash = createHash('sha256');
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|json|proto)$/.test(entry.name) && !/\.(spec|contract)\.ts$/.test(entry.name))
        hash.update(`${path}\n`).update(readFileSync(path));
    }
  };
  for (const folder of ['libs', 'apps', 'worlds', 'e2e', 'bench'])
    if (existsSync(join(root, folder))) walk(join(root, folder));
  for (const file of ['tsconfig.base.json', 'tsconfig.json']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function compile() {
  const state = sourceState();
  if (stampIs('compiled', state) && existsSync(join(root, 'apps/cli/dist/main.js'))) return;
  run('compiling', process.execPath, [join(root, 'node_modules/typescript7/bin/tsc'), '-b']);
  setStamp('compiled', state);
}

checkNode();
installPackages();
compile();
process.argv[1] = join(root, 'keelson');
await import(join(root, 'apps/cli/dist/main.js'));
