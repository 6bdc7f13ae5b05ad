import { agentVersion, launch, realBundles } from '@keelson/agent';
import { type Log, systemClock } from '@keelson/std';
import type { AgentSettings } from './config.js';

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
    ...realBundles({
      folder: settings.KEELSON_AGENT_BUNDLES,
      installed: { version: agentVersion, ...installed },
      environment,
      clock: systemClock,
    }),
  });
}
