import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyOf, ResourceView } from './view.js';

describe('a view', () => {
  it('lists in the order of keys after any writes and looks', () => {
    const name = fc.constantFrom('a', 'a-b', 'ab', 'b', 'a.b', 'c');
    const step = fc.record({
      type: fc.constantFrom('put', 'delete', 'list'),
      namespace: fc.constantFrom('', 'n', 'n-1', 'n1'),
      name,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const view = new ResourceView();
        const model = new Map<string, string>();
        for (const { type, namespace, name: one } of steps) {
          const key = keyOf(namespace, one);
          const object = {
            apiVersion: 'v1',
            kind: 'X',
            metadata: { name: one, namespace, uid: key, resourceVersion: '1', creationTimestamp: '' },
          };
          if (type === 'put') view.put(key, object);
          if (type === 'put') model.set(key, namespace);
          if (type === 'delete') view.delete(key);
          if (type === 'delete') model.delete(key);
          expect(view.keys()).toEqual([...model.keys()].sort());
          expect(view.keys(namespace)).toEqual(
            [...model]
              .filter(([, in_]) => in_ === namespace)
              .map(([id]) => id)
              .sort(),
          );
          expect(view.size).toBe(model.size);
        }
      }),
    );
  });
});
