import type { Clock, Http, Log, Random } from '@keelson/std';
import { authenticator } from '../auth/authenticate.js';
import { OidcAuthenticator, type OidcOptions } from '../auth/oidc.js';
import { freshTokenKeys, tokenKeys } from '../auth/signing-key.js';
import { TokenAuthority } from '../auth/tokens.js';
import { childKinds } from '../kinds/child/kinds.js';
import { KindTable } from '../kinds/kind-table.js';
import { managementKinds } from '../kinds/management.js';
import { admissionHooks } from '../policies/hooks.js';
import { paramRightsRule } from '../policies/param-rights.js';
import { Policies } from '../policies/policies.js';
import type { AdmissionRule, Call, Registry, User } from '../registry/context.js';
import { RoleAggregation } from '../rbac/aggregation.js';
import { RbacAuthorizer } from '../rbac/authorizer.js';
import { escalationRule } from '../rbac/escalation.js';
import { answerReview, type ReviewContext } from '../review/reviews.js';
import type { HistoryLimits } from '../storage/history.js';
import type { ObjectLog } from '../storage/log.js';
import { Store } from '../storage/store.js';
import type { Draft } from '../storage/stored.js';
import { WatchHub } from '../watch/hub.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { bootstrap } from './bootstrap.js';
import { Chores } from './chores.js';
import { DefinitionController } from './definitions.js';
import { EventExpiry } from './event-expiry.js';
import { evictPod } from './eviction.js';
import { GarbageCollector } from './garbage.js';
import { NamespaceController } from './namespaces.js';
import { serviceAddresses } from './service-addresses.js';

export { systemMasters } from './calls.js';

export interface EngineOptions {
  readonly log: ObjectLog;
  /** `child` serves workload kinds, as data, besides all that `management` does. */
  readonly profile: 'management' | 'child';
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Log;
  /** CustomResourceDefinitions to install at start, as plain objects; those that are there already are brought up to date. */
  readonly definitions?: readonly unknown[];
  /**
   * Keys of the tokens of service accounts (PEM; EC P-256, RSA or Ed25519): the first, a private one, signs, and all verify;
   * one made from `random` when absent.
   */
  readonly serviceAccountKey?: string;
  /** `iss` of tokens; `https://kubernetes.default.svc` when absent. */
  readonly issuer?: string;
  /** RBAC when absent. */
  readonly authorization?: 'RBAC' | 'AlwaysAllow';
  /** Whose ID tokens are believed besides tokens of service accounts. */
  readonly oidc?: OidcOptions;
  /** How admission webhooks are called; without it one that is concerned counts as one that cannot be reached. */
  readonly webhooks?: { readonly http: Http };
  /** How much of the past is kept, and how; `defaultHistoryLimits` when absent. */
  readonly history?: HistoryLimits;
  /** Called once when another process became the writer of the log: this engine is of no more use. */
  readonly onLost?: (error: Error) => void;
}

/** What a client has shown of itself. */
export interface Credentials {
  readonly bearer?: string;
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    readonly fingerprintSha256: string;
  };
}

/** What a request wants: an object or a collection, or for requests outside resources a path. */
export interface Attributes {
  readonly verb: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Only of a request that is not about a resource. */
  readonly path?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** A Kubernetes API without a network: what transports and in-process clients talk to. */
export interface Engine {
  readonly registry: Registry;
  readonly profile: 'management' | 'child';
  /**
   * What to await before `authenticate` can judge these credentials: the keys of an OpenID Connect issuer. Undefined, but
   * for the first such token and after the issuer changed its keys.
   */
  prepare(credentials: Credentials): Promise<void> | undefined;
  /** Who shows these credentials; undefined when they are wrong. Nothing shown is `system:anonymous`. */
  authenticate(credentials: Credentials): User | undefined;
  authorize(user: User, attributes: Attributes): Decision;
  /** Answers the kinds that are questions and not stored; undefined when the kind is none of them. */
  review(
    apiVersion: string,
    kind: string,
    object: Draft,
    user: User,
    namespace?: string,
    /** Who asks, for managedFields. */
    manager?: string,
  ): Draft | undefined;
  /**
   * Answers a TokenRequest.
   *
   * @throws ApiError 404 when the service account does not exist, 422 when the request is wrong
   */
  issueToken(
    serviceAccount: { readonly namespace: string; readonly name: string },
    request: Draft,
    manager?: string,
  ): Draft;
  /**
   * Deletes a pod if its disruption budgets allow it; gives the Status of success.
   *
   * @throws ApiError 429 with the cause DisruptionBudget when a budget forbids it now
   */
  evict(pod: { readonly namespace: string; readonly name: string }, call: Call, eviction: Draft): Promise<Draft>;
  /** Public keys of token signatures, as a JSON Web Key Set. */
  jwks(): Draft;
  /** Resolves when all that follows from writes so far (garbage, definitions, namespaces) is done. */
  settled(): Promise<void>;
  /** Ends watches, answers what is queued and lets go of the log. */
  close(): Promise<void>;
}

/**
 * Opens an API over a log: becomes its writer, loads it, serves its definitions.
 *
 * @throws WriterLost when another process holds the log
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { log, clock, random, logger, profile, history, onLost } = options;
  const store = await Store.open({
    log,
    clock,
    logger,
    ...(history === undefined ? {} : { history }),
    ...(onLost === undefined ? {} : { onLost }),
  });
  const hub = new WatchHub(store, clock);
  const admission: AdmissionRule[] = [];
  const kinds = new KindTable(profile === 'child' ? childKinds : managementKinds);
  const authorizer = new RbacAuthorizer(store);
  const authorize =
    options.authorization === 'AlwaysAllow'
      ? alwaysAllow
      : (user: User, asked: Attributes): Decision => authorizer.authorize(user, asked);
  const webhooks = new Webhooks({ store, kinds, clock, random, logger, http: options.webhooks?.http, authorize });
  const policies = new Policies({ store, kinds, authorize });
  const hooksFor: Registry['hooksFor'] = (write) => admissionHooks(policies, webhooks, write);
  const base: Registry = { store, hub, kinds, clock, random, admission, hooksFor };
  const registry: Registry = profile === 'child' ? { ...base, assign: serviceAddresses(store) } : base;
  const controllers = startControllers(registry, logger);
  admission.push((request) => controllers.definitions.refuseNew(request));
  if (options.authorization !== 'AlwaysAllow')
    admission.push(escalationRule(authorizer), paramRightsRule({ authorize, kinds, store }));
  const keys = options.serviceAccountKey === undefined ? freshTokenKeys(random) : tokenKeys(options.serviceAccountKey);
  const tokens = new TokenAuthority(registry, keys, options.issuer ?? 'https://kubernetes.default.svc');
  const oidc = options.oidc === undefined ? undefined : new OidcAuthenticator(options.oidc, { clock, log: logger });
  const reviews: ReviewContext = {
    clock,
    tokens,
    oidc,
    authorize,
    rulesFor: (user, namespace) => authorizer.rulesFor(user, namespace),
  };
  await bootstrap(registry, { profile, definitions: options.definitions ?? [] });
  await controllers.chores.idle();
  webhooks.open();
  policies.open();
  return {
    registry,
    profile,
    prepare: ({ bearer }) => (bearer === undefined ? undefined : oidc?.prepare(bearer)),
    authenticate: authenticator(tokens, oidc),
    authorize,
    review: (apiVersion, kind, object, user, namespace, manager) =>
      answerReview(reviews, { apiVersion, kind, object, user, namespace, manager }),
    issueToken: (account, request, manager) => tokens.issue(account, request, manager),
    evict: (pod, call, eviction) => evictPod(registry, pod, call, eviction),
    jwks: () => tokens.jwks(),
    settled: () => controllers.chores.idle(),
    async close() {
      await controllers.close();
      hub.close();
      await store.close();
    },
  };
}

const alwaysAllow = (): Decision => ({ allowed: true, reason: 'everything is allowed' });

interface Controllers {
  readonly chores: Chores;
  readonly definitions: DefinitionController;
  close(): Promise<void>;
}

/** What a cluster does by itself. The order is that in which they hear of commits: kinds are served before anything of them is collected. */
function startControllers(registry: Registry, logger: Log): Controllers {
  const chores = new Chores(registry.clock, logger);
  const definitions = new DefinitionController(registry, chores);
  new GarbageCollector(registry, chores);
  new NamespaceController(registry, chores);
  new RoleAggregation(registry, chores);
  const events = new EventExpiry(registry);
  return {
    chores,
    definitions,
    close: () => {
      events.close();
      return chores.close();
    },
  };
}
