import { clientJob, ensured, quoted } from '../../conventions/client.js';
import type { PreparedJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import type { VolumeBackend } from './backends.js';

/** A volume type for each back end that asks for one, so that users can choose it. */
export function volumeTypeJobs(chart: Chart, backends: readonly VolumeBackend[]): readonly PreparedJob[] {
  const wanted = new Set(backends.filter(({ hasType }) => hasType).map(({ name }) => name));
  if (wanted.size === 0) return [];
  const lines = [...wanted].map((name) =>
    ensured('volume type', name, '--public', `--property ${quoted(`volume_backend_name=${name}`)}`),
  );
  return [clientJob(chart, { name: 'cinder-create-volume-types', component: 'create-volume-types', lines })];
}
