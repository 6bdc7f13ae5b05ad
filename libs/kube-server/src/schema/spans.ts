import { compiledPattern } from './pattern.js';

/** Part of a text that a pattern matches, in characters. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Instructions of RE2 programs, as `@bufbuild/re2` numbers them. */
const op = {
  alt: 1,
  altMatch: 2,
  capture: 3,
  emptyWidth: 4,
  match: 6,
  nop: 7,
  rune: 8,
  runeAnyNotNewline: 11,
} as const;
const empty = { beginLine: 1, endLine: 2, beginText: 4, endText: 8, boundary: 16, noBoundary: 32 } as const;
const runeAny = 10;
const newline = 10;

/**
 * The parts of a text that a pattern matches one after the other, leftmost first, as Go's regexp finds them. All threads of
 * the program run side by side, so that no pattern takes more than its size times that of the text for one match: the
 * library itself tells whether a pattern matches, not where.
 *
 * @param most how many at most; negative: all
 * @throws an exception of the RE2 library when the pattern is none
 */
export function matchesOf(pattern: string, text: string, most: number): string[] {
  const characters = Array.from(text);
  const runes = characters.map((character) => character.codePointAt(0) ?? 0);
  const found: string[] = [];
  let lastEnd = -1;
  for (let at = 0; at <= runes.length && (most < 0 || found.length < most);) {
    const span = firstSpan(pattern, runes, at);
    if (span === undefined) break;
    // An empty match right behind the last one is none.
    if (span.end > span.start || span.start !== lastEnd) found.push(characters.slice(span.start, span.end).join(''));
    lastEnd = span.end;
    at = span.end > span.start ? span.end : span.end + 1;
  }
  return found;
}

interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(rune: number): boolean;
}

interface Thread {
  readonly pc: number;
  readonly start: number;
}

function firstSpan(pattern: string, runes: readonly number[], from: number): Span | undefined {
  const { prog } = compiledPattern(pattern).re2();
  let threads: Thread[] = [];
  let found: Span | undefined;
  for (let at = from; at <= runes.length; at += 1) {
    const list = new ThreadList(prog.inst, contextAt(runes, at));
    for (const thread of threads) list.add(thread.pc, thread.start);
    if (found === undefined) list.add(prog.start, at);
    if (list.matchedFrom !== undefined) found = { start: list.matchedFrom, end: at };
    threads = at < runes.length ? list.step(runes[at] ?? 0) : [];
    if (threads.length === 0 && found !== undefined) break;
  }
  return found;
}

/** Threads at one place of the text by their rank; those behind one that matches are given up. */
class ThreadList {
  matchedFrom: number | undefined;
  readonly #instructions: readonly Instruction[];
  readonly #context: number;
  readonly #seen = new Set<number>();
  readonly #waiting: Thread[] = [];

  constructor(instructions: readonly Instruction[], context: number) {
    this.#instructions = instructions;
    this.#context = context;
  }

  add(first: number, start: number): void {
    const stack = [first];
    for (let pc = stack.pop(); pc !== undefined && this.matchedFrom === undefined; pc = stack.pop()) {
      if (this.#seen.has(pc)) continue;
      this.#seen.add(pc);
      const instruction = this.#instructions[pc];
      if (instruction === undefined) continue;
      if (instruction.op === op.match) this.matchedFrom = start;
      else if (instruction.op >= op.rune) this.#waiting.push({ pc, start });
      else stack.push(...this.#nextOf(instruction));
    }
  }

  /** In reverse, as they are taken from the end. */
  #nextOf({ op: kind, out, arg }: Instruction): number[] {
    switch (kind) {
      case op.alt:
      case op.altMatch:
        return [arg, out];
      case op.capture:
      case op.nop:
        return [out];
      case op.emptyWidth:
        return (arg & ~this.#context) === 0 ? [out] : [];
      default:
        return [];
    }
  }

  step(rune: number): Thread[] {
    return this.#waiting.flatMap(({ pc, start }) => {
      const instruction = this.#instructions[pc];
      return instruction !== undefined && takes(instruction, rune) ? [{ pc: instruction.out, start }] : [];
    });
  }
}

function takes(instruction: Instruction, rune: number): boolean {
  if (instruction.op === runeAny) return true;
  return instruction.op === op.runeAnyNotNewline ? rune !== newline : instruction.matchRune(rune);
}

/** What holds between two characters: begin, end, boundary of words. */
function contextAt(runes: readonly number[], at: number): number {
  const [before, after] = [runes[at - 1], runes[at]];
  let context = isWord(before) === isWord(after) ? empty.noBoundary : empty.boundary;
  if (before === undefined) context |= empty.beginText | empty.beginLine;
  else if (before === newline) context |= empty.beginLine;
  if (after === undefined) context |= empty.endText | empty.endLine;
  else if (after === newline) context |= empty.endLine;
  return context;
}

function isWord(rune: number | undefined): boolean {
  return rune !== undefined && /^\w$/.test(String.fromCodePoint(rune));
}
