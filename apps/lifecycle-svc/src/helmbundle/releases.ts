import type { HelmBundle } from '@keelson/api';
import { sha256Json } from '@keelson/std';

export type BundleRelease = HelmBundle['spec']['releases'][number];

/** What a release is installed from and with: another hash is another revision. */
export function hashOf({ spec }: HelmBundle, release: BundleRelease): string {
  const { namespace, chart, version, chartURL, values = {}, labels = {} } = release;
  return sha256Json({
    namespace,
    chart,
    version,
    chartURL,
    repository: repositoryOf(spec, chart)?.url,
    values,
    labels,
  });
}

/** `charts/metallb` is chart `metallb` of the repository `charts`. */
export function repositoryOf(spec: HelmBundle['spec'], chart: string | undefined) {
  const [name] = splitChart(chart);
  return spec.repositories?.find((repository) => repository.name === name);
}

export function splitChart(chart = ''): readonly [repository: string | undefined, name: string] {
  const slash = chart.indexOf('/');
  return slash < 0 ? [undefined, chart] : [chart.slice(0, slash), chart.slice(slash + 1)];
}

/** Helm takes anything else for a path on its own disk, which is nothing that a bundle may name. */
const isAddress = /^(https?|oci):\/\//;
const isChartName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What a person must correct in a release before it can be tried at all. */
export function mistakeIn(bundle: HelmBundle, release: BundleRelease): { reason: string; message: string } | undefined {
  const { name, chart, chartURL, requires = [] } = release;
  const known = new Set(bundle.spec.releases.map((other) => other.name));
  const unknown = requires.filter((other) => !known.has(other));
  if (unknown.length > 0)
    return {
      reason: 'RequirementUnknown',
      message: `release ${name} requires ${unknown.join(', ')}, which the bundle does not have: correct requires or add it`,
    };
  if (chartURL !== undefined)
    return isAddress.test(chartURL)
      ? undefined
      : {
          reason: 'ChartURLInvalid',
          message: `release ${name} names the chart ${chartURL}, which is no URL: give one that begins with https://, http:// or oci://`,
        };
  if (chart === undefined)
    return { reason: 'ChartMissing', message: `release ${name} names neither chart nor chartURL: set one of them` };
  const [repository, within] = splitChart(chart);
  const found = repositoryOf(bundle.spec, chart);
  if (found === undefined)
    return {
      reason: 'RepositoryUnknown',
      message: `release ${name} names the chart ${chart}, and the bundle has no repository ${repository ?? '(none named)'}: add it to spec.repositories, or set chartURL`,
    };
  if (!isChartName.test(within))
    return {
      reason: 'ChartNameInvalid',
      message: `release ${name} names the chart ${within}, which is no name of a chart: letters, digits, dots, dashes and underscores make one`,
    };
  if (found.authSecret !== undefined)
    return {
      reason: 'CredentialsUnsupported',
      message: `the repository ${found.name} asks for the credentials of Secret ${found.authSecret}, which are not handed to Helm here: take the chart through the artifact proxy, or set chartURL`,
    };
  return undefined;
}
