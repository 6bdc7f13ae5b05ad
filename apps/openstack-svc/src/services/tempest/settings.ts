/** Where what was found in the cloud is, for the container that runs the tests. */
export const settingsPath = '/settings/found.json';

/**
 * What of the cloud tests may use is known to the cloud alone: the smallest public image, the two smallest flavors that it fits
 * in, an external network. The names are those of options of tempest.conf.
 */
export const findSettings = String.raw`#!/usr/bin/env python3
import json
import random
import subprocess
import sys
import time


def answer(*words):
    for attempt in range(10):
        try:
            done = subprocess.run(["openstack", *words, "-f", "json"], check=True, stdout=subprocess.PIPE, timeout=120)
            return json.loads(done.stdout)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            print("%s, trying again" % error, file=sys.stderr)
            time.sleep((attempt + 1) * random.uniform(0.5, 1.5))
    raise SystemExit("openstack %s has no answer" % " ".join(words))


found = {"compute": {}, "network": {}}
images = answer("image", "list", "--public", "--status", "active", "--long")
images = [image["ID"] for image in sorted(images, key=lambda image: image.get("Size") or 0)]
least = answer("image", "show", images[0]) if images else {}
flavors = [
    flavor["ID"]
    for flavor in sorted(answer("flavor", "list"), key=lambda flavor: (flavor["RAM"], flavor["Disk"]))
    if flavor["RAM"] >= (least.get("min_ram") or 0) and (flavor["Disk"] == 0 or flavor["Disk"] >= (least.get("min_disk") or 0))
]
networks = sorted(answer("network", "list", "--external"), key=lambda network: network["Name"])
for option, ids in {"image_ref": images, "flavor_ref": flavors}.items():
    if ids:
        found["compute"][option] = ids[0]
        found["compute"][option + "_alt"] = ids[min(1, len(ids) - 1)]
    else:
        print("no public %s is there: tests that boot a server will fail" % option.split("_")[0], file=sys.stderr)
if networks:
    found["network"]["public_network_id"] = networks[0]["ID"]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(found, file)
`;

/** Adds what was found to tempest.conf; what the operator set is left as it is. */
export const mergeSettings = String.raw`#!/usr/bin/env python3
import configparser
import json
import sys

source, target = sys.argv[1:3]
config = configparser.ConfigParser(interpolation=None)
config.read(target)
with open(source, encoding="utf-8") as file:
    found = json.load(file)
for section, options in found.items():
    if options and not config.has_section(section):
        config.add_section(section)
    for option, value in options.items():
        if not config.has_option(section, option):
            config.set(section, option, value)
with open(target, "w", encoding="utf-8") as file:
    config.write(file)
`;
