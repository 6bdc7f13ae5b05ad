import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readIso9660, writeIso9660 } from './iso9660.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe('writeIso9660', () => {
  it('gives back label and files, long names and case included', () => {
    const image = {
      volumeId: 'cidata',
      files: { 'user-data': bytes('#cloud-config\n'), 'network-config': bytes('version: 2\n'), 'META-data': bytes('') },
    };
    expect(readIso9660(writeIso9660(image))).toEqual(image);
  });

  it('writes the primary descriptor of the standard', () => {
    const image = Buffer.from(writeIso9660({ volumeId: 'cidata', files: { 'user-data': bytes('x') } }));
    expect({
      size: image.length % 2048,
      primary: image.toString('ascii', 16 * 2048 + 1, 16 * 2048 + 6),
      label: image.toString('ascii', 16 * 2048 + 40, 16 * 2048 + 46),
      jolietEscape: image.toString('ascii', 17 * 2048 + 88, 17 * 2048 + 91),
      end: image[18 * 2048],
    }).toEqual({ size: 0, primary: 'CD001', label: 'CIDATA', jolietEscape: '%/E', end: 255 });
  });

  it('keeps any content', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), fc.uint8Array({ maxLength: 3 }), (a, b) => {
        const image = { volumeId: 'x', files: { 'file-a': a, 'file-b': b } };
        expect(readIso9660(writeIso9660(image))).toEqual({
          volumeId: 'x',
          files: { 'file-a': new Uint8Array(a), 'file-b': new Uint8Array(b) },
        });
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['a name that is too short', { volumeId: 'x', files: { a: bytes('') } }, /2 to 64 characters/],
    ['a name with a slash', { volumeId: 'x', files: { 'a/b': bytes('') } }, /no slash/],
    ['a label that is too long', { volumeId: 'x'.repeat(17), files: {} }, /longer than 16/],
  ])('refuses %s', (_, image, message) => {
    expect(() => writeIso9660(image)).toThrow(message);
  });

  it('refuses to read what is no image', () => {
    expect(() => readIso9660(new Uint8Array(100_000))).toThrow('not an ISO 9660 image');
  });
});
