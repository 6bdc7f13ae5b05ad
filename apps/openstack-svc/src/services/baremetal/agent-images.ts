import { terminal } from '@keelson/std';
import { createHash } from 'node:crypto';
import { clientJob, quoted } from '../../conventions/client.js';
import type { PreparedJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import type { IniSection } from '../../render/ini.js';

/** An image of the deployment agent. Its id follows from its URL, so that Ironic can be told of it before it is there. */
interface AgentImage {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Glance's word for a kernel and for an initial RAM disk. */
  readonly format: 'aki' | 'ari';
}

/** What conductors give to machines that name no images of their own. */
export function agentImageOptions(chart: Chart): IniSection {
  const images = agentImages(chart);
  return { deploy_kernel: images?.kernel.id, deploy_ramdisk: images?.initramfs.id };
}

/** Fetches the images and hands them to glance, where they are not yet. */
export function agentImageJobs(chart: Chart): readonly PreparedJob[] {
  const images = agentImages(chart);
  if (images === undefined) return [];
  const lines = [fetching, ...[images.kernel, images.initramfs].map(uploading)];
  return [clientJob(chart, { name: 'ironic-agent-images', component: 'agent-images', lines })];
}

function agentImages({ cloud }: Chart): { kernel: AgentImage; initramfs: AgentImage } | undefined {
  const { agent_images: wanted } = cloud.spec.features.ironic;
  if (wanted === undefined) return undefined;
  const { base_url: base, kernel, initramfs } = wanted;
  if (base === undefined || kernel === undefined || initramfs === undefined) {
    throw terminal(
      'Rendering OpenStack: spec.features.ironic.agent_images: base_url, kernel and initramfs belong together',
      { reason: 'InvalidSpec' },
    );
  }
  const at = (name: string): string => `${base.replace(/\/+$/u, '')}/${name}`;
  const image = (name: string, format: AgentImage['format']): AgentImage => ({
    id: idOf(`${at(name)} ${format}`),
    name,
    url: at(name),
    format,
  });
  return { kernel: image(kernel, 'aki'), initramfs: image(initramfs, 'ari') };
}

/** A UUID of version 8 (RFC 9562): its own bits are a hash. */
function idOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

const fetching = String.raw`fetch() {
  python3 -c 'import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=60) as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target)
    size = source.headers["Content-Length"]
    if size is not None and target.tell() != int(size):
        sys.exit("%s ended after %d of %s bytes" % (sys.argv[1], target.tell(), size))' "$1" "$2"
}`;

/** An image that is queued was left by a Job that ended between its two halves; it can be deleted, and its id is free again. */
function uploading({ id, name, url, format }: AgentImage): string {
  return [
    `if ! openstack image show ${id} >/dev/null 2>&1; then`,
    `  fetch ${quoted(url)} /tmp/${id}`,
    `  openstack image create --id ${id} --public --container-format ${format} --disk-format ${format} --file /tmp/${id} ${quoted(name)}`,
    'fi',
  ].join('\n');
}
