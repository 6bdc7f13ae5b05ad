import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aSpec, rendered } from '../../cloud/cloud.fixtures.js';

/** The Job's script by a real shell and a real Python; glance is a stand-in for openstacksdk that keeps images in a file. */
const standIn = `import json, os
from types import SimpleNamespace as Space
state = os.environ["STATE"]
def answer(status, body=None):
    return Space(status_code=status, json=lambda: body)
def images():
    return json.load(open(state))
def keep(all):
    json.dump(all, open(state, "w"))
def get(path):
    found = images().get(path.split("/")[2])
    return answer(404) if found is None else answer(200, found)
def post(path, json):
    keep({**images(), json["id"]: {**json, "status": "queued"}})
    return get(path + "/" + json["id"])
def put(path, headers, data):
    all = images()
    all[path.split("/")[2]].update(status="active", data=data.read().decode())
    keep(all)
    return answer(204)
def raised(answer):
    assert answer.status_code < 400, answer.status_code
exceptions = Space(raise_from_response=raised)
connect = lambda cloud: Space(image=Space(get=get, post=post, put=put))
`;

let folder: string;
const files = createServer((request, response) => response.end(`data of ${request.url ?? ''}`));
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-agent-images-'));
  writeFileSync(join(folder, 'openstack.py'), standIn);
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => files.close(resolve));
});

function script(): string {
  const address = files.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const agent_images = { base_url: `http://127.0.0.1:${port}`, kernel: "ipa's.vmlinuz", initramfs: 'ipa.gz' };
  const services = rendered(aSpec({ features: { services: ['baremetal'], ironic: { agent_images } } }));
  const maps = services.flatMap(({ stages }) => stages.flatMap(({ objects }) => objects));
  const texts = maps.flatMap((each) => Object.entries(each.kind === 'ConfigMap' ? dataOf(each) : {}));
  return texts.find(([name]) => name === 'ironic-agent-images.sh')?.[1] ?? '';
}

function dataOf(object: object): Readonly<Record<string, string>> {
  const data: unknown = Reflect.get(object, 'data');
  return typeof data === 'object' && data !== null ? { ...data } : {};
}

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly data?: string;
}

async function handed(before: Readonly<Record<string, unknown>>): Promise<readonly Kept[]> {
  const state = join(folder, 'state.json');
  writeFileSync(state, JSON.stringify(before));
  writeFileSync(join(folder, 'script.sh'), script());
  await promisify(execFile)('sh', [join(folder, 'script.sh')], {
    env: { ...process.env, PYTHONPATH: folder, STATE: state },
  });
  return Object.values<Kept>(JSON.parse(readFileSync(state, 'utf8')));
}

describe('images of the deployment agent', () => {
  it('are fetched once; what was left without data gets it, what has data is left alone', async () => {
    const [kernel, ramdisk] = await handed({});
    expect(kernel).toMatchObject({ name: "ipa's.vmlinuz", container_format: 'aki', visibility: 'public' });
    expect([kernel, ramdisk]).toMatchObject([{ data: "data of /ipa's.vmlinuz" }, { data: 'data of /ipa.gz' }]);
    const left = {
      [kernel?.id ?? '']: { ...kernel, data: 'own' },
      [ramdisk?.id ?? '']: { ...ramdisk, status: 'queued', data: '' },
    };
    expect(await handed(left)).toMatchObject([{ data: 'own' }, { status: 'active', data: 'data of /ipa.gz' }]);
  });
});
