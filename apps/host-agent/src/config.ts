import { z } from 'zod';

const refusal = z.object({ version: z.string(), why: z.string() });

const settings = z.object({
  KEELSON_AGENT_CONFIG: z
    .string()
    .min(1)
    .default('/etc/keelson/agent.json')
    .describe('File that installation has left for the agent.'),
  KEELSON_AGENT_DATA: z
    .string()
    .min(1)
    .default('/var/lib/keelson')
    .describe('Folder for downloads and for the work of items.'),
  KEELSON_AGENT_BUNDLES: z
    .string()
    .min(1)
    .default('/var/lib/keelson/agent')
    .describe('Folder for the agents of newer releases and for what the launcher remembers.'),
  KEELSON_AGENT_VERSION: z.string().min(1).optional().describe('Set by the launcher: the version it has started.'),
  KEELSON_AGENT_REFUSED: z
    .string()
    .transform((text) => refusal.parse(JSON.parse(text)))
    .optional()
    .describe('Set by the launcher: the version that it has given up.'),
  KEELSON_AGENT_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least level that is logged.'),
});

/** Settings of the agent's process, by the name of their environment variable. */
export type AgentSettings = z.infer<typeof settings>;

/**
 * Reads the settings; the first argument of the command line, when there is one, is the path of the configuration.
 *
 * @throws Error naming each variable that is wrong
 */
export function agentSettings(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): AgentSettings {
  const [path] = args;
  const result = settings.safeParse(path === undefined ? environment : { ...environment, KEELSON_AGENT_CONFIG: path });
  if (result.success) return result.data;
  throw new Error(`the agent's settings are wrong:\n${z.prettifyError(result.error)}`);
}
