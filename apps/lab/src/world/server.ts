import { type Random, messageOf, seededRandom } from '@keelson/std';
import type { Hardware } from './hardware.js';
import { type Life, beginCycle, hostHttp, live } from './server.life.js';
import type { BootOverride, MediaName, ServerState } from './server.state.js';
import { type Stage, serverStages } from './server.states.js';
import type { World } from './world.js';

/** What a power button and a BMC can ask of a server. */
export type PowerCommand = 'On' | 'ForceOff' | 'GracefulShutdown' | 'ForceRestart' | 'PowerCycle' | 'GracefulRestart';

/** One server: its state and the power cycle it lives through. */
export class Server {
  readonly hardware: Hardware;
  readonly state: ServerState;
  readonly #world: World;
  readonly #random: Random;
  #cycle: AbortController | undefined;

  constructor(world: World, hardware: Hardware, state: ServerState, seed: string | number) {
    this.#world = world;
    this.hardware = hardware;
    this.state = state;
    this.#random = seededRandom(`${seed}/server/${hardware.number}/${state.version}`);
  }

  get power(): 'On' | 'Off' {
    return serverStages[this.state.stage].power;
  }

  /** Goes on from where the state says, after the lab's process has started. */
  resume(): void {
    if (this.state.stage !== 'off') this.#begin(true);
  }

  /** The lab ends; the server's state stays as it is. */
  halt(): void {
    this.#cycle?.abort(new Error('the lab is stopping'));
    this.#cycle = undefined;
  }

  /** Carries out a power command at once, or begins to. */
  command(command: PowerCommand): void {
    if (this.#world.faults.holds('powerIgnored', this.state.id)) return;
    if (command === 'On') return this.#powerOn();
    if (command === 'ForceOff') return this.#powerOff();
    if (command === 'GracefulShutdown') return this.#shutDown();
    if (this.state.stage === 'off') return this.#powerOn();
    this.#note('reset');
    this.#restart();
  }

  setBoot(boot: BootOverride): void {
    this.state.boot = boot;
    this.touch();
  }

  setMedia(name: MediaName, url: string | undefined): void {
    this.state.media = { ...this.state.media, [name]: url };
    this.touch();
  }

  /** Something the BMC shows has changed. */
  touch(): void {
    this.state.version += 1;
    this.#world.noteServer(this.state.id);
  }

  #powerOn(): void {
    if (this.state.stage === 'off') this.#restart();
  }

  #powerOff(): void {
    if (this.state.stage === 'off') return;
    this.#note('powerOff');
    this.#cycle?.abort(new Error('the power is off'));
    this.#cycle = undefined;
    this.#enter('off');
  }

  /** Only a running system can shut down in order; firmware takes the button for power off. */
  #shutDown(): void {
    if (this.state.stage !== 'os') return this.#powerOff();
    this.#note('powerOff');
    this.#cycle?.abort(new Error('the system is shutting down'));
    this.#enter('stopping');
    this.#begin(false);
  }

  #restart(): void {
    this.#cycle?.abort(new Error('the server restarts'));
    beginCycle(this.state, this.#world.clock.now(), this.#random);
    this.#enter('post');
    this.#begin(false);
  }

  #begin(isResumed: boolean): void {
    const cycle = new AbortController();
    this.#cycle = cycle;
    const world = this.#world;
    const life: Life = {
      world,
      hardware: this.hardware,
      state: this.state,
      random: this.#random,
      signal: cycle.signal,
      http: hostHttp(world, this.state.id),
      isResumed,
      configuration: undefined,
      restart: () => {
        if (!cycle.signal.aborted) this.#restart();
      },
    };
    live(life, (stage) => this.#enter(stage)).catch((error: unknown) => {
      world.log.error(`${this.state.id} (simulated) stopped in ${this.state.stage}: ${messageOf(error)}`, {
        server: this.state.id,
      });
    });
  }

  #enter(stage: Stage): void {
    this.state.stage = stage;
    this.state.since = this.#world.clock.now();
    this.touch();
  }

  #note(action: 'powerOff' | 'reset'): void {
    const { clock, ledger } = this.#world;
    ledger.record({ at: clock.now(), server: this.state.id, action, key: this.state.bootId, stage: this.state.stage });
  }
}
