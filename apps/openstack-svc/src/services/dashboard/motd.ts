import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { jsonFile } from '../../render/files.js';
import type { JsonRecord } from '../../render/json.js';

/** Where Horizon looks for messages (its setting MESSAGES_PATH): a JSON file each, with level and message. */
const messagesPath = '/etc/openstack-dashboard/motd';

/** Messages of the day for those who have signed in. */
export function messageFiles(chart: Chart): readonly ConfigFile[] {
  return Object.entries(chart.cloud.spec.features.horizon.motd)
    .filter(([, { afterLogin }]) => afterLogin)
    .map(([id, { level, message }]) =>
      jsonFile(chart, { secret: 'horizon-motd', path: `${messagesPath}/${id}.json` }, { level, message }),
    );
}

export function messageSettings(files: readonly ConfigFile[]): JsonRecord {
  return files.length === 0 ? {} : { MESSAGES_PATH: messagesPath };
}
