import type { PolicyRule } from '@keelson/api';
import { namespaces } from '../names.js';
import { ingressClass } from '../render/network.js';
import { deschedulerRole, deschedulerRules } from './descheduler/index.js';
import { keysRules } from './identity/keys.js';
import { ingressClassRules, ingressRole, ingressRules } from './ingress/index.js';

/** Rights that services of a cloud are given. Who gives them must have them, and openstack-svc has no others to give. */

export const givenInNamespaces: readonly PolicyRule[] = [...ingressRules, ...keysRules];
export const givenEverywhere: readonly PolicyRule[] = [...deschedulerRules, ...ingressClassRules];

/** All that a cloud has without a namespace. */
export const clusterWideNames: readonly string[] = [
  deschedulerRole(namespaces.cloud),
  ingressRole(namespaces.cloud),
  ingressClass,
];
