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

/** Where Rockoon has the images below the URL of all files. */
const usualDirectory = '/openstack/bin/ironic/tinyipa';

/** What conductors give to machines that name no images of their own. */
export function agentImageOptions(chart: Chart): IniSection {
  const images = agentImages(chart);
  return { deploy_kernel: images?.kernel.id, deploy_ramdisk: images?.initramfs.id };
}

/** Fetches the images and hands them to glance, where they are not yet. */
export function agentImageJobs(chart: Chart): readonly PreparedJob[] {
  const images = agentImages(chart);
  if (images === undefined) return [];
  const wanted = JSON.stringify([images.kernel, images.initramfs]);
  const lines = [`python3 - ${quoted(wanted)} <<'EOF'`, handing, 'EOF'];
  return [clientJob(chart, { name: 'ironic-agent-images', component: 'agent-images', lines })];
}

function agentImages({ cloud }: Chart): { kernel: AgentImage; initramfs: AgentImage } | undefined {
  const { agent_images: wanted } = cloud.spec.features.ironic;
  if (wanted === undefined) return undefined;
  const { binary_base_url: files } = cloud.spec.artifacts;
  const { base_url: base = files && `${files.replace(/\/+$/u, '')}${usualDirectory}`, kernel, initramfs } = wanted;
  if (base === undefined || kernel === undefined || initramfs === undefined) {
    throw terminal(
      'Rendering OpenStack: spec.features.ironic.agent_images: base_url (or spec.artifacts.binary_base_url), kernel and initramfs belong together',
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

/**
 * An image exists before it has data, and keeps its id for ever: what a Job that was ended has left without data gets it from the
 * next. https://docs.openstack.org/api-ref/image/v2/
 */
const handing = String.raw`import json, shutil, sys, tempfile, urllib.request
import openstack
glance = openstack.connect(cloud="admin").image

def checked(answer):
    openstack.exceptions.raise_from_response(answer)
    return answer

for wanted in json.loads(sys.argv[1]):
    path = "/images/" + wanted["id"]
    found = glance.get(path)
    if found.status_code == 404:
        kept = {key: wanted[key] for key in ("id", "name")}
        form = {"container_format": wanted["format"], "disk_format": wanted["format"], "visibility": "public"}
        found = glance.post("/images", json={**kept, **form})
    if checked(found).json()["status"] != "queued":
        continue
    with tempfile.TemporaryFile() as data:
        with urllib.request.urlopen(wanted["url"], timeout=60) as source:
            shutil.copyfileobj(source, data)
            size = source.headers["Content-Length"]
        if size is not None and data.tell() != int(size):
            sys.exit("%s ended after %d of %s bytes" % (wanted["url"], data.tell(), size))
        data.seek(0)
        headers = {"Content-Type": "application/octet-stream", "Accept": ""}
        checked(glance.put(path + "/file", headers=headers, data=data))`;
