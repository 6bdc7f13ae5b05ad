/**
 * Hooks of Node's module loader: TypeScript is transformed as it is loaded, and libraries are read from their sources.
 * What came out is kept beside the packages, under the hash of what went in.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const { version } = createRequire(import.meta.url)('@swc/core/package.json');
const cache = fileURLToPath(new URL('../../node_modules/.cache/keelson-jest/', import.meta.url));
mkdirSync(cache, { recursive: true });

const options = {
  module: { type: 'es6' },
  sourceMaps: 'inline',
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
};

const globals = new URL('globals.mjs', import.meta.url).href;
const isSource = /^(?!.*\/node_modules\/).*\.ts$/;

/** @type {import('node:module').ResolveHook} */
export function resolve(specifier, context, nextResolve) {
  if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
  const isOfSource = context.parentURL !== undefined && isSource.test(context.parentURL);
  const name = isOfSource && /^\.{1,2}\/.*\.js$/.test(specifier) ? specifier.replace(/\.js$/, '.ts') : specifier;
  return nextResolve(name, { ...context, conditions: ['@keelson/source', ...context.conditions] });
}

/** @type {import('node:module').LoadHook} */
export function load(url, context, nextLoad) {
  if (!isSource.test(url)) return nextLoad(url, context);
  return { format: 'module', source: transformed(fileURLToPath(url)), shortCircuit: true };
}

function transformed(path) {
  const source = readFileSync(path, 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([version, options, path, source]))
    .digest('hex');
  const kept = `${cache}${key}.js`;
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    const { code } = transformSync(source, { ...options, filename: path, sourceFileName: path, swcrc: false });
    writeFileSync(`${kept}.${process.pid}`, code);
    renameSync(`${kept}.${process.pid}`, kept);
    return code;
  }
}
