import type { State, StateTable } from '../states.js';

/** A state machine as a Mermaid diagram: what GitHub and the reference pages draw. Deterministic. */
export function stateDiagram(table: StateTable): string {
  const names = Object.keys(table.states);
  return [
    'stateDiagram-v2',
    ...names.map((name) => `  state "${labelOf(name)}" as ${idOf(name)}`),
    `  [*] --> ${idOf(table.initial)}`,
    ...names.flatMap((name) => arrowsOf(name, table.states[name])),
  ].join('\n');
}

/** The states of a machine as a table: meaning, deadline, sign of life, blocker and abort of each. */
export function stateRows(table: StateTable): string[][] {
  return Object.entries(table.states).map(([name, state]) => {
    if (state.rest === true) return [`\`${labelOf(name)}\``, state.meaning, 'at rest', '', '', ''];
    const { deadlineSeconds, onDeadline, heartbeat, waitsFor, abort } = state;
    return [
      `\`${labelOf(name)}\``,
      state.meaning,
      `${durationText(deadlineSeconds)}: ${onDeadline}`,
      `${heartbeat.sign}, every ${durationText(heartbeat.everySeconds)}`,
      waitsFor,
      abort,
    ];
  });
}

/** Seconds as operators say it: `90 s`, `15 min`, `2 h`. */
export function durationText(seconds: number): string {
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function arrowsOf(name: string, state: State | undefined): string[] {
  const arrows = (state?.to ?? []).map((next) => `  ${idOf(name)} --> ${idOf(next)}`);
  return state?.deletable === true ? [...arrows, `  ${idOf(name)} --> [*]`] : arrows;
}

function labelOf(name: string): string {
  return name === '' ? '(none)' : name;
}

function idOf(name: string): string {
  return name === '' ? 'none_yet' : name.replace(/[^A-Za-z0-9]/g, '_');
}
