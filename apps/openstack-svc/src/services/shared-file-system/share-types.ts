import { textOf } from '../../conventions/backends.js';
import { clientJob, quoted } from '../../conventions/client.js';
import type { PreparedJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import type { ShareBackend } from './shares.js';

/** A share type for each back end that asks for one, so that users can choose it. */
export function shareTypeJobs(chart: Chart, backends: readonly ShareBackend[]): readonly PreparedJob[] {
  const lines = backends.filter(({ hasType }) => hasType).map(({ options }) => ensuredType(options));
  return lines.length === 0
    ? []
    : [clientJob(chart, { name: 'manila-create-share-types', component: 'create-share-types', lines })];
}

/** The first that is made; undefined where none is, and whoever makes a share must name one. */
export function defaultShareType(backends: readonly ShareBackend[]): string | undefined {
  const first = backends.find(({ hasType }) => hasType);
  return first && textOf(first.options['share_backend_name']);
}

/** Named as its back end names itself. Extra specs go last: the client takes every word after them for another. */
function ensuredType(options: ShareBackend['options']): string {
  const { share_backend_name: name, driver_handles_share_servers: handles } = options;
  const handlesServers = /^true$/iu.test(textOf(handles));
  return [
    `openstack share type show ${quoted(textOf(name))} >/dev/null 2>&1 ||`,
    `openstack share type create ${quoted(textOf(name))} ${handlesServers} --public true`,
    `--extra-specs ${quoted(`share_backend_name=${textOf(name)}`)}`,
  ].join(' ');
}
