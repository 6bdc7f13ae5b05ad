import type { HookedWrite, Hooks } from '../registry/hooks.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import type { Policies } from './policies.js';

/** Policies are asked before validating webhooks, as in the chain of kube-apiserver. */
export function admissionHooks(policies: Policies, webhooks: Webhooks, write: HookedWrite): Hooks | undefined {
  const judge = policies.concernedWith(write);
  const asked = webhooks.concernedWith(write);
  if (judge === undefined) return asked;
  return {
    mutate: (object) => asked?.mutate(object) ?? Promise.resolve(object),
    async validate(object) {
      judge(object);
      await asked?.validate(object);
    },
  };
}
