import { fileURLToPath } from 'node:url';
import { operationsProto, operationsService, protoLoaderOptions } from '@keelson/contracts';
import { loadPackageDefinition, type GrpcObject, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const healthProto = fileURLToPath(new URL('../../proto/grpc/health/v1/health.proto', import.meta.url));

/** Full name of the standard health service. */
export const healthService = 'grpc.health.v1.Health';

/** The rpcs of `keelson.v1.Operations`. */
export function operationsDefinition(): ServiceDefinition {
  return definitionOf(operationsProto, operationsService);
}

/** The rpcs of `grpc.health.v1.Health`. */
export function healthDefinition(): ServiceDefinition {
  return definitionOf(healthProto, healthService);
}

function definitionOf(path: string, fullName: string): ServiceDefinition {
  const parts = fullName.split('.');
  let at: GrpcObject[string] | undefined = loadPackageDefinition(loadSync(path, protoLoaderOptions));
  for (const part of parts) at = typeof at === 'object' && !('format' in at) ? (at as GrpcObject)[part] : undefined;
  if (typeof at !== 'function') throw new TypeError(`${path} declares no service ${fullName}`);
  return at.service;
}
