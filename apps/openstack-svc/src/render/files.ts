import { createHash } from 'node:crypto';
import type { KubeObject } from '@keelson/api';
import { dump } from 'js-yaml';
import { authorityPath, hasInternalTls, internalAuthority } from '../cloud/internal-tls.js';
import type { ConfigFile } from '../cloud/service.js';
import { type Chart, confOf, metadataOf } from './chart.js';
import { definedOptions, type Ini, iniOfValues, iniText, mergeIni } from './ini.js';
import { isRecord, type JsonRecord } from './json.js';
import { kubeObject } from './kubernetes.js';
import { mergeDeep } from '../cloud/merge.js';

/** Where a file is kept and mounted. */
export interface FilePlace {
  /** Defaults to `<chart>-etc`. */
  readonly secret?: string;
  readonly path: string;
  /** Where raw values are merged in: `['nova']` is `conf.nova`. */
  readonly values?: readonly string[];
}

/** A program or hook without credentials, kept in a ConfigMap such as `keystone-bin`. */
export interface Script {
  readonly configMap: string;
  readonly key: string;
  readonly path: string;
  readonly text: string;
}

/** An INI file; raw values of the chart are merged last, section by section. */
export function iniFile(chart: Chart, place: FilePlace, ...parts: readonly Ini[]): ConfigFile {
  const raw = iniOfValues(confOf(chart, place.values ?? []));
  const content = definedOptions(mergeIni(...parts, place.values === undefined ? {} : raw));
  return fileOf(chart, place, 'ini', content, () => iniText(content));
}

/** A JSON file; raw values are merged deep. */
export function jsonFile(chart: Chart, place: FilePlace, document: JsonRecord | readonly unknown[]): ConfigFile {
  const content = withValues(chart, place, document);
  return fileOf(chart, place, 'json', content, () => `${JSON.stringify(content, null, 2)}\n`);
}

/** A YAML file; raw values are merged deep. */
export function yamlFile(chart: Chart, place: FilePlace, document: JsonRecord | readonly unknown[]): ConfigFile {
  const content = withValues(chart, place, document);
  return fileOf(chart, place, 'yaml', content, () => dump(content, { lineWidth: 120, noRefs: true }));
}

/** A file of another form, one line per item. */
export function textFile(chart: Chart, place: FilePlace, lines: readonly string[]): ConfigFile {
  const text = `${lines.join('\n')}\n`;
  return fileOf(chart, place, 'text', text, () => text);
}

/** A script in the chart's `-bin` ConfigMap, mounted below /opt/keelson/bin. */
export function script(chart: Chart, key: string, text: string): Script {
  return { configMap: `${chart.name}-bin`, key, path: `/opt/keelson/bin/${key}`, text };
}

function withValues(chart: Chart, place: FilePlace, document: JsonRecord | readonly unknown[]): unknown {
  if (place.values === undefined || !isRecord(document)) return document;
  return mergeDeep(document, confOf(chart, place.values));
}

function fileOf(
  chart: Chart,
  { secret = `${chart.name}-etc`, path }: FilePlace,
  format: ConfigFile['format'],
  parsed: unknown,
  text: () => string,
): ConfigFile {
  const file = { secret, key: path.slice(path.lastIndexOf('/') + 1), path, format, parsed, text };
  if (!hasInternalTls(chart.cloud) || !text().includes(authorityPath)) return file;
  return { ...file, companions: [authorityFile(chart, secret)] };
}

/** Comes with every file that names it, so that nothing trusts an authority that it does not have. */
function authorityFile(chart: Chart, secret: string): ConfigFile {
  return textFile(chart, { secret, path: authorityPath }, [internalAuthority(chart.cloud).trimEnd()]);
}

/** Files and those that are wherever they are. */
export function withCompanions(files: readonly ConfigFile[]): readonly ConfigFile[] {
  return files.flatMap((file) => [file, ...(file.companions ?? [])]);
}

/** Changes exactly when the text of one of the files does: a pod template that carries it rolls then and only then. */
export function filesHash(files: readonly { readonly path: string; text: (() => string) | string }[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.path}\0${typeof file.text === 'string' ? file.text : file.text()}\0`);
  return hash.digest('hex');
}

/** The Secrets that keep the files. @throws Error when two different files have one key: a mistake in a service's folder */
export function secretsOf(chart: Chart, files: readonly ConfigFile[]): KubeObject[] {
  const secrets = new Map<string, Map<string, string>>();
  for (const file of files) {
    const keys = secrets.get(file.secret) ?? new Map<string, string>();
    put(keys, file.key, file.text(), file.secret);
    secrets.set(file.secret, keys);
  }
  return [...secrets].map(([name, keys]) => secretObject(chart, name, Object.fromEntries(keys)));
}

/** A Secret from clear text. Its values are written as `data`, so that applying it again changes nothing. */
export function secretObject(
  chart: Chart,
  name: string,
  values: Readonly<Record<string, string>>,
  type = 'Opaque',
): KubeObject {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]),
  );
  return kubeObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(chart, name, 'configuration'),
    type,
    data,
  });
}

/** The ConfigMaps that keep the scripts. */
export function configMapsOf(chart: Chart, scripts: readonly Script[]): KubeObject[] {
  const maps = new Map<string, Map<string, string>>();
  for (const { configMap, key, text } of scripts) {
    const keys = maps.get(configMap) ?? new Map<string, string>();
    put(keys, key, text, configMap);
    maps.set(configMap, keys);
  }
  return [...maps].map(([name, keys]) =>
    kubeObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadataOf(chart, name, 'configuration'),
      data: Object.fromEntries(keys),
    }),
  );
}

function put(keys: Map<string, string>, key: string, text: string, owner: string): void {
  const before = keys.get(key);
  if (before !== undefined && before !== text) throw new Error(`two different files want to be ${key} of ${owner}`);
  keys.set(key, text);
}
