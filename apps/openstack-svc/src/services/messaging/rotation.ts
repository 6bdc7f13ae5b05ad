import type { Credential } from '../../cloud/cloud.js';
import type { RotationParts } from '../../conventions/assemble.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { brokerRequest, brokerUrl, commandJob, type PreparedJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import { script, textFile } from '../../render/files.js';

/** The administrator in force makes the next one; users of projects are made by their own Jobs. All old ones end here. */
export function brokerRotation(chart: Chart, host: string): RotationParts {
  const { secrets } = chart.cloud;
  const base = brokerUrl(chart, host);
  const active = secrets.user(sharedCredentials.messagingAdmin);
  const next = secrets.upcoming().find(({ name }) => name === sharedCredentials.messagingAdmin);
  const former = secrets.former().filter(({ name }) => name === sharedCredentials.messagingAdmin || isOfProject(name));
  const removal = former.flatMap((user, index) => [...(index === 0 ? [] : ['next']), ...removalOf(base, active, user)]);
  return {
    opening:
      next && requestsJob(chart, host, 'new-accounts', [makingOf(base, active, next), makingOf(base, next, next)]),
    closing: former.length === 0 ? undefined : requestsJob(chart, host, 'old-accounts', [removal]),
  };
}

function isOfProject(credential: string): boolean {
  return credential.endsWith('-messaging');
}

function makingOf(base: string, login: Credential, { username, password }: Credential): string[] {
  const user = encodeURIComponent(username);
  return [
    ...brokerRequest(base, login, ['PUT', `/users/${user}`, { password, tags: 'administrator' }]),
    'next',
    ...brokerRequest(base, login, ['PUT', `/permissions/%2F/${user}`, { configure: '.*', write: '.*', read: '.*' }]),
  ];
}

/** What is not there cannot be deleted: it is made first, as somebody who cannot log in. */
function removalOf(base: string, login: Credential, { username }: Credential): string[] {
  const path = `/users/${encodeURIComponent(username)}`;
  return [
    ...brokerRequest(base, login, ['PUT', path, { password_hash: '', tags: '' }]),
    'next',
    ...brokerRequest(base, login, ['DELETE', path, {}]),
  ];
}

/** @param ways the same requests by one login or another; the first that is let in does */
function requestsJob(chart: Chart, host: string, component: string, ways: readonly (readonly string[])[]): PreparedJob {
  const secret = `${host}-${component}`;
  const files = ways.map((lines, index) =>
    textFile(chart, { secret, path: `/etc/rabbitmq-accounts/requests-${index}` }, [...lines]),
  );
  const program = { ...script(chart, 'rabbitmq-accounts.sh', sendRequests), configMap: `${secret}-bin` };
  const command = [program.path];
  const job = commandJob(chart, {
    name: secret,
    component,
    image: 'rabbitmq',
    files,
    scripts: [program],
    command,
  });
  return { job, files, scripts: [program] };
}

/** Each request may be sent any number of times. */
const sendRequests = String.raw`#!/bin/sh
set -eu
tries=0
while :; do
  for requests in /etc/rabbitmq-accounts/requests-*; do
    if curl --fail-early --config "$requests"; then exit 0; fi
  done
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || exit 1
  sleep 10
done
`;
