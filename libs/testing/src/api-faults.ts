import { type Kind, type KubeObject, ServiceAccountKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { conflict, transient } from '@keelson/std';

/** One call to the API, as a fault rule sees it. Lists and watches of caches are not counted. */
export interface ApiCall {
  /** From 1, over all services of the world. */
  readonly number: number;
  readonly verb: 'get' | 'create' | 'replace' | 'apply' | 'patch' | 'delete' | 'createToken' | 'evict';
  readonly kind: string;
  readonly name: string;
  readonly isStatus: boolean;
}

/**
 * What goes wrong with a call. `lostRequest`: it fails and had no effect. `lostAnswer`: it had its effect and fails all the
 * same. `conflict`: another writer was faster. `crashBefore` and `crashAfter`: the process dies before or after the effect.
 */
export type ApiFault = 'lostRequest' | 'lostAnswer' | 'conflict' | 'crashBefore' | 'crashAfter';

export const apiFaults: readonly ApiFault[] = ['lostRequest', 'lostAnswer', 'conflict', 'crashBefore', 'crashAfter'];

export type FaultRule = (call: ApiCall) => ApiFault | undefined;

/** The call of that number goes wrong, all others well. */
export function nthCall(number: number, fault: ApiFault): FaultRule {
  return (call) => (call.number === number ? fault : undefined);
}

/** Of every object the first status write goes wrong, and then each one after a success. */
export function everyStatusWriteOnce(fault: ApiFault = 'lostAnswer'): FaultRule {
  const isNextLost = new Map<string, boolean>();
  return ({ isStatus, kind, name }) => {
    if (!isStatus) return undefined;
    const object = `${kind}/${name}`;
    const isLost = isNextLost.get(object) ?? true;
    isNextLost.set(object, !isLost);
    return isLost ? fault : undefined;
  };
}

/**
 * The API with the faults of a rule.
 *
 * @param calls counts on over all APIs that share it
 * @param life of the process that calls: after its end nothing is answered any more
 */
export function faultyApi(inner: KubeApi, rule: FaultRule, calls: ApiCall[], life: AbortController): KubeApi {
  const through = async <A>(about: Omit<ApiCall, 'number'>, call: () => Promise<A>): Promise<A> => {
    if (life.signal.aborted) return never();
    const counted: ApiCall = { number: calls.length + 1, ...about };
    calls.push(counted);
    const fault = rule(counted);
    if (fault === 'lostRequest')
      throw transient(`${about.verb} of ${about.kind} ${about.name}: the API did not answer (injected)`, {
        reason: 'Timeout',
      });
    if (fault === 'conflict')
      throw conflict(`${about.verb} of ${about.kind} ${about.name}: the object has been modified (injected)`);
    if (fault === 'crashBefore') return died(life);
    const answer = await call();
    if (fault === 'crashAfter' || life.signal.aborted) return died(life);
    if (fault === 'lostAnswer')
      throw transient(`${about.verb} of ${about.kind} ${about.name}: the answer was lost (injected)`, {
        reason: 'Timeout',
      });
    return answer;
  };
  const of = (
    verb: ApiCall['verb'],
    kind: Pick<Kind, 'kind'>,
    name: string,
    subresource?: string,
  ): Omit<ApiCall, 'number'> => ({ verb, kind: kind.kind, name, isStatus: subresource === 'status' });
  const ofObject = (verb: ApiCall['verb'], object: KubeObject, subresource?: string): Omit<ApiCall, 'number'> =>
    of(verb, object, object.metadata.name, subresource);
  return {
    get: (kind, key) => through(of('get', kind, key.name), () => inner.get(kind, key)),
    list: (kind, options) => (life.signal.aborted ? never() : inner.list(kind, options)),
    watch: (kind, options) => inner.watch(kind, { ...options, signal: AbortSignal.any([options.signal, life.signal]) }),
    create: (object, options) =>
      through(ofObject('create', object, options?.subresource), () => inner.create(object, options)),
    replace: (object, options) =>
      through(ofObject('replace', object, options?.subresource), () => inner.replace(object, options)),
    apply: (object, options) =>
      through(ofObject('apply', object, options.subresource), () => inner.apply(object, options)),
    patch: (kind, key, patch, options) =>
      through(of('patch', kind, key.name, options?.subresource), () => inner.patch(kind, key, patch, options)),
    delete: (kind, key, options) => through(of('delete', kind, key.name), () => inner.delete(kind, key, options)),
    createToken: (account, request) =>
      through(of('createToken', ServiceAccountKind, account.name), () => inner.createToken(account, request)),
    evict: (pod) => through(of('evict', { kind: 'Pod' }, pod.name), () => inner.evict(pod)),
  };
}

function died<A>(life: AbortController): Promise<A> {
  life.abort(new Error('the process died (injected)'));
  return never();
}

function never<A>(): Promise<A> {
  return new Promise<A>(() => undefined);
}
