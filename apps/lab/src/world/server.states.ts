/** Where a server is between off and a running operating system. */
export type Stage = keyof typeof serverStages;

export interface StageInfo {
  readonly means: string;
  /** Redfish ComputerSystem.PowerState. */
  readonly power: 'On' | 'Off';
  /** Redfish ComputerSystem.BootProgress.LastState. */
  readonly progress:
    | 'None'
    | 'PrimaryProcessorInitializationStarted'
    | 'SystemHardwareInitializationComplete'
    | 'OSBootStarted'
    | 'OSRunning';
  /** Stages it goes to by itself. From every stage a power command or a loss of power leads to `off` or `post`. */
  readonly next: readonly string[];
}

/** The life of a server. The README's table is this one. */
export const serverStages = {
  off: { means: 'without power', power: 'Off', progress: 'None', next: [] },
  post: {
    means: 'self test; finds its hardware and chooses what to boot',
    power: 'On',
    progress: 'PrimaryProcessorInitializationStarted',
    next: ['installer', 'osBoot', 'noBootDevice'],
  },
  noBootDevice: {
    means: 'found nothing to boot and waits for a reset',
    power: 'On',
    progress: 'SystemHardwareInitializationComplete',
    next: [],
  },
  installer: {
    means: 'boots the virtual CD and reads the configuration drive',
    power: 'On',
    progress: 'OSBootStarted',
    next: ['installing', 'installed', 'failed'],
  },
  installing: {
    means: 'wipes the disk and writes the system',
    power: 'On',
    progress: 'OSRunning',
    next: ['installed', 'failed'],
  },
  installed: {
    means: 'reports that it is installed until it is answered 200, then restarts',
    power: 'On',
    progress: 'OSRunning',
    next: ['post'],
  },
  failed: {
    means: 'the installer gave up, has said why and waits for a reset',
    power: 'On',
    progress: 'OSRunning',
    next: [],
  },
  osBoot: { means: 'boots the system from disk', power: 'On', progress: 'OSBootStarted', next: ['os'] },
  os: { means: 'runs the installed system and the host agent', power: 'On', progress: 'OSRunning', next: [] },
  stopping: { means: 'shuts down in order', power: 'On', progress: 'OSRunning', next: ['off'] },
} as const satisfies Record<string, StageInfo>;
