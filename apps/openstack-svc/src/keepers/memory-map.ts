import {
  type ConfigMap,
  ConfigMapKind,
  type KubeObject,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
} from '@keelson/api';
import { input, type Input, type Output, type Reader, type StepTable } from '@keelson/reconcile';
import { cloudNamespaces, namespaces } from '../names.js';

/** Writes down what the keeper of a database knows, and what its members read and obey. */
export interface WriteStep {
  readonly type: 'write';
  readonly namespace: string;
  readonly data: Readonly<Record<string, string>>;
  readonly why: string;
}

/** The one step of a keeper, whose ConfigMap is called `name`. */
export function writeSteps(name: string): StepTable<WriteStep> {
  return {
    write: {
      describe: ({ why }) => `write the ConfigMap ${name}: ${why}`,
      run: async ({ namespace, data }, writer) => {
        const map: ConfigMap = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace },
          data: { ...data },
        };
        await writer.apply(ConfigMapKind, map, { force: true });
      },
    },
  };
}

/** The keeper's own ConfigMap: others may not change it unnoticed. */
export function memoryMap(name: string): Input {
  return input<ConfigMap>({
    kind: ConfigMapKind,
    selection: { namespaces: cloudNamespaces },
    mapToOwn: (map, reader) => (map.metadata.name === name ? cloudsBeside(map, reader) : []),
    relevant: ({ data }) => data,
  });
}

/** It, as an output. */
export function memoryMapWrites(name: string): Output {
  return { kind: ConfigMapKind, mode: 'shared', verbs: ['apply'], namespaces: [namespaces.cloud], names: [name] };
}

/** The clouds of the namespace that an object is in. */
export function cloudsBeside({ metadata }: KubeObject, reader: Reader): readonly ObjectKey[] {
  return reader
    .list<OpenStackDeployment>(OpenStackDeploymentKind)
    .filter((cloud) => cloud.metadata.namespace === metadata.namespace)
    .map((cloud) => cloud.metadata);
}
