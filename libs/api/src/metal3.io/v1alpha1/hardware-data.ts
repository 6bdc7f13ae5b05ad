import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { HardwareDetailsSchema } from './hardware.js';

/** `kubectl get hd`: the result of the last inspection of a host, kept beside it. */
export const HardwareDataKind = defineKind({
  group: 'metal3.io',
  version: 'v1alpha1',
  kind: 'HardwareData',
  plural: 'hardwaredata',
  scope: 'Namespaced',
  shortNames: ['hd'],
  owner: 'baremetal-svc',
  description:
    'What the last inspection of a server found. It has the name and namespace of the BareMetalHost and is written by the controller.',
  spec: z.object({ hardware: HardwareDetailsSchema.optional().describe('What inspection found.') }),
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
});
export type HardwareData = ObjectOf<typeof HardwareDataKind>;
