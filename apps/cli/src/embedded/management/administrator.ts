import { readFileSync } from 'node:fs';
import { httpKubeApi, type KubeApi } from '@keelson/kube';
import { silentLog, systemClock, systemRandom } from '@keelson/std';
import type { Layout } from '../layout.js';

/** The management API as the administrator of this installation sees it. */
export function administrator(layout: Layout): KubeApi {
  return httpKubeApi({
    kubeconfig: readFileSync(layout.kubeconfig, 'utf8'),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'keelson-provisioning',
  });
}
