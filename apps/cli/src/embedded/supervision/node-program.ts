import type { Component } from './component.js';

/** How a program of ours is started and ended. */
export function nodeProgram(
  path: string,
  ...args: readonly string[]
): Pick<Component, 'command' | 'args' | 'stopSignal' | 'stopGraceMs'> {
  return {
    command: process.execPath,
    args: ['--enable-source-maps', path, ...args],
    stopSignal: 'SIGTERM',
    stopGraceMs: 30_000,
  };
}
