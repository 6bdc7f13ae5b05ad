import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { userData } from './machine.agent.js';
import { aMachine } from './machine.fixtures.js';

/** What is left in the agent's file on the host. */
function agentFile(agent: Parameters<typeof userData>[2]['agent']): unknown {
  const access = { server: 'https://management.test:6443', token: 'opaque' };
  const config = load(userData(aMachine('wk-1'), access, { sshKeys: [], agent }));
  const [file] = (config as { write_files: readonly { content: string }[] }).write_files;
  return JSON.parse(file?.content ?? '');
}

describe('the configuration of an agent', () => {
  const release = { version: '1.42.0', downloadURL: 'https://artifacts.test/agent', sha256: 'ab' };

  it('names the agent of the release, so that the host begins with it', () => {
    expect(agentFile({ ...release, args: [] })).toMatchObject({ machine: 'wk-1', token: 'opaque', agent: release });
  });

  it('names none that cannot be fetched and checked', () => {
    for (const agent of [undefined, { version: '1.42.0' }]) expect(agentFile(agent)).not.toHaveProperty('agent');
  });
});
