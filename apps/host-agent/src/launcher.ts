import { type Bundle, agentVersion, fetchBundle, launch, realBundles } from '@keelson/agent';
import { type Log, systemClock, systemHttp } from '@keelson/std';
import type { AgentSettings } from './config.js';
import { readIdentity } from './identity-file.js';

export interface LauncherOptions {
  readonly settings: AgentSettings;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The interpreter and the program of this very process: the agent that came with the host. */
  readonly installed: { readonly file: string; readonly args: readonly string[] };
  readonly environment: Readonly<Record<string, string>>;
}

/** Keeps the host's agent running and brings in those of newer releases; ends when the signal aborts. */
export function runLauncher({ settings, log, signal, installed, environment }: LauncherOptions): Promise<void> {
  return launch({
    clock: systemClock,
    log,
    signal,
    bring: (limit) => bringFrom(settings, limit),
    ...realBundles({
      folder: settings.KEELSON_AGENT_BUNDLES,
      installed: { version: agentVersion, ...installed },
      environment,
      clock: systemClock,
    }),
  });
}

/** The agent that the installation names, fetched; where it names none, the one that came with the host. */
async function bringFrom(settings: AgentSettings, signal: AbortSignal): Promise<Bundle> {
  const { agent } = await readIdentity(settings.KEELSON_AGENT_CONFIG);
  if (agent === undefined || agent.version === agentVersion) return { version: agentVersion };
  await fetchBundle({ http: systemHttp, folder: settings.KEELSON_AGENT_BUNDLES }, agent, signal);
  return { version: agent.version, sha256: agent.sha256.toLowerCase() };
}
