import type { KubeObject } from '@keelson/api';
import type { ConfigFile, RenderedService } from '../cloud/service.js';
import { isRecord } from '../render/json.js';

/** A service as people and tests read it: files as data, workloads as they are applied. */
export interface ServiceDocument {
  readonly service: string;
  readonly files: readonly FileDocument[];
  readonly stages: readonly {
    readonly name: string;
    readonly until: string;
    readonly timeoutSeconds: number;
    readonly objects: readonly KubeObject[];
  }[];
  /** Jobs that only upgrades and operations run. */
  readonly onDemand: readonly KubeObject[];
}

export interface FileDocument {
  readonly file: string;
  readonly secret: string;
  readonly key: string;
  readonly format: string;
  /** Sections and options of an INI file, the document of JSON and YAML, the text of others. */
  readonly content: unknown;
}

/** What would be applied for a service. Secrets that only keep the listed files are shown without their data. */
export function documentOf({ service, files, stages, onDemand }: RenderedService): ServiceDocument {
  const listed = new Set(files.map(({ secret }) => secret));
  return {
    service,
    files: files.map(fileDocument),
    stages: stages.map(({ name, until, timeoutSeconds, objects }) => ({
      name,
      until,
      timeoutSeconds,
      objects: objects.map((object) => readable(object, listed)),
    })),
    onDemand,
  };
}

function fileDocument({ path, secret, key, format, parsed }: ConfigFile): FileDocument {
  return { file: path, secret, key, format, content: parsed };
}

function readable(object: KubeObject, listed: ReadonlySet<string>): KubeObject {
  if (object.kind !== 'Secret' || !('data' in object) || !isRecord(object.data)) return object;
  const { data, ...rest } = object;
  if (listed.has(object.metadata.name)) return rest;
  const texts = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(String(value), 'base64').toString('utf8'),
  ]);
  return Object.assign(rest, { stringData: Object.fromEntries(texts) });
}
