import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { jsonFile, type Script, script } from '../../render/files.js';
import { emptyDirectory, type MountedVolume, type PodPart } from '../../render/pod.js';

const directory = '/opt/horizon-themes';

/** What Horizon offers: its own theme and those of the spec, `[name, label, directory]` each. */
export function availableThemes(chart: Chart): readonly (readonly string[])[] {
  const fetched = new Set(fetchedThemes(chart).map(({ name }) => name));
  return [
    ['default', 'Default', 'themes/default'],
    ...enabledThemes(chart).map(({ name, description = name }) => [
      name,
      description,
      fetched.has(name) ? `${directory}/${name}` : `themes/${name}`,
    ]),
  ];
}

/** Files, scripts and volumes for themes that are fetched; nothing where the image has all of them. */
export interface ThemeParts {
  readonly files: readonly ConfigFile[];
  readonly scripts: readonly Script[];
  readonly mounts: readonly MountedVolume[];
  readonly before: NonNullable<PodPart['before']>;
  readonly command: readonly string[];
}

const serve = ['apache2ctl', '-D', 'FOREGROUND'];

/** Themes are fetched and checked before the pod starts, and take part in what Horizon collects and compresses then. */
export function themeParts(chart: Chart): ThemeParts {
  const themes = fetchedThemes(chart);
  if (themes.length === 0) return { files: [], scripts: [], mounts: [], before: [], command: serve };
  const list = jsonFile(chart, { secret: 'horizon-themes', path: '/etc/horizon-themes/themes.json' }, themes);
  const fetch = script(chart, 'horizon-themes.py', fetchThemes);
  const start = script(chart, 'horizon-start.sh', startWithThemes);
  return {
    files: [list],
    scripts: [fetch, start],
    mounts: [emptyDirectory('themes', directory)],
    before: [
      { name: 'themes', image: 'horizon', command: ['python3', fetch.path, list.path, directory], weight: 'job' },
    ],
    command: [start.path],
  };
}

function enabledThemes({ cloud }: Chart): Chart['cloud']['spec']['features']['horizon']['themes'] {
  return cloud.spec.features.horizon.themes.filter(({ enabled }) => enabled);
}

function fetchedThemes(chart: Chart): readonly { name: string; url: string; sha256?: string }[] {
  return enabledThemes(chart).flatMap(({ name, url, sha256summ: sha256 }) =>
    url === undefined ? [] : [{ name, url, ...(sha256 === undefined ? {} : { sha256 }) }],
  );
}

/** @internal An archive may have its files in one directory, whatever it is called. */
export const fetchThemes = String.raw`#!/usr/bin/env python3
import hashlib
import io
import json
import os
import sys
import tarfile
import time
import urllib.request


def fetched(url):
    for attempt in range(10):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.read()
        except OSError as error:
            print("%s: %s, trying again" % (url, error), file=sys.stderr)
            time.sleep(min(10, attempt + 1))
    raise SystemExit("%s could not be fetched" % url)


def unpack(archive, target):
    members = [member for member in archive.getmembers() if member.name.strip("./")]
    tops = {member.name.lstrip("./").split("/")[0] for member in members}
    inner = tops.pop() if len(tops) == 1 and not tops & {"static", "templates"} else ""
    archive.extractall(target, filter="data")
    source = os.path.join(target, inner)
    if inner and os.path.isdir(source):
        for name in os.listdir(source):
            os.rename(os.path.join(source, name), os.path.join(target, name))
        os.rmdir(source)


with open(sys.argv[1], encoding="utf-8") as file:
    themes = json.load(file)
for theme in themes:
    content = fetched(theme["url"])
    digest = hashlib.sha256(content).hexdigest()
    if theme.get("sha256", digest) != digest:
        raise SystemExit("the theme %s is not what was expected: its sha256 is %s" % (theme["name"], digest))
    target = os.path.join(sys.argv[2], theme["name"])
    os.makedirs(target, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        unpack(archive, target)
    print("unpacked the theme %s" % theme["name"])
`;

const startWithThemes = String.raw`#!/bin/sh
set -eu
manage=/usr/share/openstack-dashboard/manage.py
python3 "$manage" collectstatic --noinput
python3 "$manage" compress --force
exec apache2ctl -D FOREGROUND
`;
