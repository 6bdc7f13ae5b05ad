import type { KubeObject } from '@keelson/api';
import type { ConfigFile, UpgradeStep } from '../cloud/service.js';
import { type Script, secretsOf, withCompanions } from '../render/files.js';
import { type Chart, metadataOf } from '../render/chart.js';
import type { ContainerPart, MountedVolume } from '../render/pod.js';
import { job } from '../render/workloads.js';

/** Projects whose schema moves first and whose daemons follow in an order of their own, those of a list together. */
export function schemaThen(...daemons: readonly (string | readonly [string, ...string[]])[]): readonly UpgradeStep[] {
  return [
    { name: 'db-sync', does: 'run', components: ['db-sync'], closesWayBack: true },
    ...daemons.map((each): UpgradeStep => {
      const components = typeof each === 'string' ? ([each] as const) : each;
      return { name: `replace-${components[0]}`, does: 'replace', components };
    }),
  ];
}

/** Projects that have `upgradeCheck`; it comes before all steps of all services. */
export const checkedFirst: UpgradeStep = { name: 'upgrade-check', does: 'check', components: ['upgrade-check'] };

/** What the check of a project runs with: all that its API's pods read. */
export interface UpgradeCheckPart {
  /** Told to the program. */
  readonly reads: readonly ConfigFile[];
  /** Only there. */
  readonly beside?: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  readonly mounts?: readonly MountedVolume[];
  readonly fsGroup?: number;
  readonly flags?: readonly string[];
  readonly launched?: (command: readonly string[]) => Pick<ContainerPart, 'command' | 'env'>;
}

/**
 * `<project>-status upgrade check` of the release to come, as a Job with a Secret of its own: what the project runs with until its
 * turn stays as it is. It ends with 1 for a warning, with 2 and above for a failure, in every project
 * (https://docs.openstack.org/oslo.upgradecheck/latest/user/usage.html). It is asked once a Job: the answer is the same until
 * something is mended.
 */
export function upgradeCheck(chart: Chart, project: string, part: UpgradeCheckPart): readonly KubeObject[] {
  const { reads, beside = [], flags = [], launched = asIs, ...pod } = part;
  const name = `${project}-upgrade-check`;
  const files = [...reads, ...beside].map((file) => keptIn(name, file));
  const configuration = [...reads.flatMap(({ path }) => ['--config-file', path]), ...flags];
  const container: ContainerPart = {
    name: 'upgrade-check',
    image: project,
    weight: 'job',
    ...launched(['sh', '-c', passingWarnings, `${project}-status`, ...configuration, 'upgrade', 'check']),
  };
  const check = job(chart, {
    ...pod,
    name,
    component: 'upgrade-check',
    roles: ['controller'],
    files,
    containers: [container],
    retries: 0,
  });
  const metadata = metadataOf(chart, name, 'upgrade-check');
  return [...secretsOf(chart, withCompanions(files)).map((secret) => ({ ...secret, metadata })), check];
}

/**
 * The code of a failure is kept: it is what the Job's pod is told to have ended with. A program that breaks down before it has
 * asked anything ends with 1 too, but has no table of results: 255, as oslo.upgradecheck has it for the unexpected.
 */
const passingWarnings = String.raw`code=0
results=$("$0" "$@") || code=$?
printf '%s\n' "$results"
if [ "$code" -eq 1 ]; then
  code=255
  if printf '%s\n' "$results" | grep -q '^+-'; then code=0; fi
fi
exit "$code"`;

const asIs = (command: readonly string[]): Pick<ContainerPart, 'command'> => ({ command });

function keptIn(secret: string, { companions, ...file }: ConfigFile): ConfigFile {
  const moved = companions?.map((each) => keptIn(secret, each));
  return { ...file, secret, ...(moved === undefined ? {} : { companions: moved }) };
}
