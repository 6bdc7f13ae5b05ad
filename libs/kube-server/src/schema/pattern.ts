import { RE2JS } from '@bufbuild/re2';

const maxCompiled = 4096;
const compiled = new Map<string, RE2JS>();

/**
 * Whether a text matches a pattern somewhere. CRD patterns are RE2, whose time is linear in the text: a hostile pattern
 * cannot stall the server.
 *
 * @throws an exception of the RE2 library when the pattern is none
 */
export function matchesPattern(pattern: string, text: string): boolean {
  return compiledPattern(pattern).test(text);
}

/** @throws an exception of the RE2 library when the pattern is none */
export function compiledPattern(pattern: string): RE2JS {
  let regex = compiled.get(pattern);
  if (regex === undefined) {
    regex = RE2JS.compile(pattern);
    // Rules may take patterns from objects, so there is no end of them.
    if (compiled.size >= maxCompiled) compiled.clear();
    compiled.set(pattern, regex);
  }
  return regex;
}

/** What is wrong with a pattern; undefined when it can be used. */
export function patternError(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
