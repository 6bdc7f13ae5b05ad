import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Json } from '@keelson/std';
import { isRecord } from '../render/json.js';
import type { RenderedService } from './service.js';

const directory = join(import.meta.dirname, '../../test/golden');

/** The text kept under a name. `KEELSON_GOLDEN=write` writes what is now: review the difference as behaviour. */
export function golden(name: string, text: string): string {
  const file = join(directory, name);
  if (process.env['KEELSON_GOLDEN'] === 'write') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return readFileSync(file, 'utf8');
}

/** What is rendered, one line an object and a file, each with a hash of all that is in it. */
export function inventory(services: readonly RenderedService[]): string {
  return services.flatMap((service) => [...stageLines(service), ...fileLines(service)]).join('\n') + '\n';
}

function stageLines({ service, stages, onDemand }: RenderedService): string[] {
  const all = [
    ...stages,
    ...(onDemand.length === 0 ? [] : [{ name: 'on demand', until: 'applied', objects: onDemand }]),
  ];
  return all.flatMap(({ name, until, objects }) => [
    `${service}: ${name} (${until})`,
    ...objects.map((object) => `  ${object.kind}/${object.metadata.name} ${sha256Json(object).slice(0, 10)}`),
  ]);
}

function fileLines({ service, files }: RenderedService): string[] {
  return [
    `${service}: files`,
    ...files.map((file) => `  ${file.secret} ${file.path} ${sha256Json(file.text()).slice(0, 10)}`),
  ];
}

/** Every file as its process reads it. */
export function fileTexts(services: readonly RenderedService[]): string {
  return services
    .flatMap(({ files }) => files.map((file) => `##### ${file.secret} ${file.path}\n${file.text()}`))
    .join('\n');
}

/** Options, objects and images of one rendering that another has not, and the other way round. */
export function differences(before: readonly RenderedService[], after: readonly RenderedService[]): string[] {
  const [old, now] = [facts(before), facts(after)];
  return [
    ...[...old].filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...[...now].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}

function facts(services: readonly RenderedService[]): Set<string> {
  const lines = services.flatMap(({ files, stages }) => [
    ...files.flatMap(({ path, secret, parsed, format }) =>
      format === 'ini' ? optionLines(parsed).map((line) => `${secret} ${path} ${line}`) : [],
    ),
    ...stages.flatMap(({ objects }) => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)),
  ]);
  return new Set(lines);
}

function optionLines(parsed: unknown): string[] {
  if (!isRecord(parsed)) return [];
  return Object.entries(parsed).flatMap(([section, options]) =>
    isRecord(options)
      ? Object.entries(options).map(([option, value]) => `[${section}] ${option} = ${JSON.stringify(value)}`)
      : [],
  );
}
