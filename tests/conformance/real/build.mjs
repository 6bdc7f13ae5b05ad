#!/usr/bin/env node
/**
 * Finds the reference servers, or builds them from Go modules.
 *
 *   node tests/conformance/real/build.mjs --find     prints where they are, as JSON; exit code 1 when they are nowhere
 *   node tests/conformance/real/build.mjs [folder]   builds kube-apiserver, etcd and kube-controller-manager
 *
 * They are looked for in KEELSON_KUBE_APISERVER, KEELSON_ETCD and KEELSON_KUBE_CONTROLLER_MANAGER, in the folder that is
 * built into, and on the PATH. Building needs Go, its module proxy, some 4 GB of disk and a quarter of an hour of two
 * cores. `k8s.io/kubernetes` requires its sibling modules as v0.0.0 and replaces them by folders of its own tree, which a
 * program that depends on it does not see: the replacements are read from that module's go.mod and written out with their
 * published versions.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const VERSION = '1.34.4';
const MINOR = VERSION.split('.')[1];
const SERVERS = {
  etcd: 'KEELSON_ETCD',
  'kube-apiserver': 'KEELSON_KUBE_APISERVER',
  'kube-controller-manager': 'KEELSON_KUBE_CONTROLLER_MANAGER',
};

const here = import.meta.dirname;
const wanted = process.argv[2];
const usual = path.join(here, '../../../.keelson/real');
const target = path.resolve(wanted === undefined || wanted === '--find' ? usual : wanted);
const source = path.join(target, 'source');
const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -p=2 -buildvcs=false', GOTOOLCHAIN: 'local' };

const go = (...args) =>
  execFileSync('go', args, { cwd: source, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Where a server is: its variable counts first. */
const placeOf = (server) => {
  const named = process.env[SERVERS[server]];
  const folders = [target, ...(process.env.PATH ?? '').split(path.delimiter)];
  const places = named ? [named] : folders.map((folder) => path.join(folder, server));
  return places.find((place) => existsSync(place));
};

const find = () => {
  const found = {
    apiserver: placeOf('kube-apiserver'),
    etcd: placeOf('etcd'),
    controllerManager: placeOf('kube-controller-manager'),
  };
  console.log(JSON.stringify(found));
  return found.apiserver !== undefined && found.etcd !== undefined;
};

const lay = () => {
  for (const server of Object.keys(SERVERS)) {
    mkdirSync(path.join(source, 'cmd', server), { recursive: true });
    copyFileSync(path.join(here, 'cmd', server, 'main.go'), path.join(source, 'cmd', server, 'main.go'));
  }
  writeFileSync(path.join(source, 'go.mod'), 'module keelson.dev/reference\n\ngo 1.24.0\n');
};

/** The siblings that `k8s.io/kubernetes` replaces by folders, and the release of etcd that it is built with. */
const siblings = () => {
  const { GoMod } = JSON.parse(go('mod', 'download', '-json', `k8s.io/kubernetes@v${VERSION}`));
  const text = readFileSync(GoMod, 'utf8');
  return {
    replaced: [...text.matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\//gm)].map((match) => match[1]),
    etcd: /go\.etcd\.io\/etcd\/client\/v3 (\S+)/.exec(text)[1],
  };
};

const writeModule = ({ replaced, etcd }) => {
  const lines = [
    'module keelson.dev/reference',
    '',
    'go 1.24.0',
    '',
    'require (',
    `\tk8s.io/kubernetes v${VERSION}`,
    `\tgo.etcd.io/etcd/server/v3 ${etcd}`,
    ')',
    '',
    'replace (',
    ...replaced.map((name) => `\t${name} => ${name} v0.${MINOR}.${VERSION.split('.')[2]}`),
    ')',
    '',
  ];
  writeFileSync(path.join(source, 'go.mod'), lines.join('\n'));
};

const build = (server) => {
  const version = 'k8s.io/component-base/version';
  const flags = [
    '-s -w',
    `-X ${version}.gitVersion=v${VERSION}`,
    `-X ${version}.gitMajor=1`,
    `-X ${version}.gitMinor=${MINOR}`,
  ];
  console.log(`building ${server} ${server === 'etcd' ? '' : VERSION}`);
  go('build', '-trimpath', '-ldflags', flags.join(' '), '-o', path.join(target, server), `./cmd/${server}`);
};

if (wanted === '--find') process.exitCode = find() ? 0 : 1;
else {
  lay();
  writeModule(siblings());
  for (const server of Object.keys(SERVERS)) build(server);
  console.log(`the reference servers are in ${target}`);
}
