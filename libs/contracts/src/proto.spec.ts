import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { operationsProto, operationsService } from './proto.js';

describe('the proto file', () => {
  const text = readFileSync(operationsProto, 'utf8');

  it('is where the helper says and declares the service', () => {
    expect(`${/^package (\S+);$/m.exec(text)?.[1]}.${/^service (\S+) \{$/m.exec(text)?.[1]}`).toBe(operationsService);
    expect([...text.matchAll(/^ {2}rpc (\w+)\(/gm)].map((match) => match[1])).toEqual(['History', 'Plan', 'Why']);
  });

  it('numbers the fields of each message without repeats', () => {
    for (const [, name, body = ''] of text.matchAll(/^message (\w+) \{\n([^}]*)\}/gm)) {
      const numbers = [...body.matchAll(/= (\d+);/g)].map((match) => Number(match[1]));
      expect({ name, numbers }).toEqual({ name, numbers: numbers.map((_, index) => index + 1) });
    }
  });
});
