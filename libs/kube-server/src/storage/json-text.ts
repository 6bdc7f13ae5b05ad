import { freezeDeep, type Stored } from './stored.js';

const texts = new WeakMap<object, string>();
const partialTexts = { v1: new WeakMap<object, string>(), v1beta1: new WeakMap<object, string>() };

/** The JSON of a stored object, written once however many watches and lists show it. Stored objects are frozen. */
export function textOf(object: Stored): string {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
}

/** The object that a text was written of; its text need not be written again. */
export function objectOf(text: string): Stored {
  const object = freezeDeep(JSON.parse(text) as Stored);
  texts.set(object, text);
  return object;
}

/** The JSON of an object of a built-in kind within a list, where it stands without apiVersion and kind. */
export function itemTextOf(object: Stored): string {
  const { apiVersion, kind, ...item } = object;
  const beginning = `${JSON.stringify({ apiVersion, kind }).slice(0, -1)},`;
  const text = textOf(object);
  return text.startsWith(beginning) ? `{${text.slice(beginning.length)}` : JSON.stringify(item);
}

/** The JSON of an object's PartialObjectMetadata. */
export function partialTextOf(object: Stored, version: 'v1' | 'v1beta1'): string {
  let text = partialTexts[version].get(object);
  if (text === undefined) {
    text = JSON.stringify({
      kind: 'PartialObjectMetadata',
      apiVersion: `meta.k8s.io/${version}`,
      metadata: object.metadata,
    });
    partialTexts[version].set(object, text);
  }
  return text;
}
