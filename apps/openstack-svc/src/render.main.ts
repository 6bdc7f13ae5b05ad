import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { isFailure, messageOf } from '@keelson/std';
import { showCloud } from './show/show.js';

/** `./keelson render openstack`: an OpenStackDeployment on standard input, what it makes as JSON on standard output. */
try {
  const { values } = parseArgs({
    options: { service: { type: 'string' }, ceph: { type: 'boolean', default: false } },
    strict: true,
  });
  const { service, ceph } = values;
  const cloud = showCloud(await text(process.stdin), { ceph, ...(service === undefined ? {} : { service }) });
  process.stdout.write(`${JSON.stringify(cloud, null, 2)}\n`);
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`keelson: ${messageOf(error)}\n`);
  if (!isUsage && !isFailure(error) && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
