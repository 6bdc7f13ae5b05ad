import { z } from 'zod';

/**
 * Pieces of schema that several kinds share. Patterns are RE2 (no look-around), as Kubernetes evaluates them.
 */

const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const ipv4 = `(${octet}\\.){3}${octet}`;
const ipv6 = '[0-9A-Fa-f]*:[0-9A-Fa-f:]*[0-9A-Fa-f.:]*';

/** An IPv4 or IPv6 address. */
export const IpAddressSchema = z.string().regex(new RegExp(`^(${ipv4}|${ipv6})$`));

/** A network such as `10.0.0.0/24` or `fd00::/64`. */
export const CidrSchema = z
  .string()
  .regex(new RegExp(`^(${ipv4}/(3[0-2]|[12]?[0-9])|${ipv6}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`));

/** A single address or `first-last`. */
export const AddressRangeSchema = z.string().regex(new RegExp(`^(${ipv4}(-${ipv4})?|${ipv6}(-${ipv6})?)$`));

/** Six octets in hexadecimal, separated by colons, either case. */
export const MacAddressSchema = z.string().regex(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/);

/** RFC 3339. */
export const TimestampSchema = z.string().meta({ format: 'date-time' });

/** A Kubernetes quantity such as `30Gi`; a bare number means bytes. */
export const QuantitySchema = z.union([z.int(), z.string()]);

/** An object of unknown members, kept as it is. */
export const FreeFormSchema = z.looseObject({});

/** A condition of the management API. It is `{type, ready, message}`, not Kubernetes' `{type, status, reason}`. */
export const ConditionSchema = z.object({
  type: z.string().describe('What the condition speaks of.'),
  ready: z.boolean().describe('Whether it is as it should be.'),
  message: z.string().optional().describe('A sentence for operators; says what is missing when not ready.'),
});
export type Condition = z.infer<typeof ConditionSchema>;

/** The name of a Secret in the same namespace, or in the one given. */
export const SecretReferenceSchema = z.object({
  name: z.string().describe('Name of the Secret.'),
  namespace: z.string().optional().describe('Namespace of the Secret; that of the object unless given.'),
});
export type SecretReference = z.infer<typeof SecretReferenceSchema>;

/** Clear text written once by an operator; the controller moves it to a Secret and leaves the reference. */
export const SecretValueSchema = z.object({
  value: z.string().optional().describe('Write-only clear text. Moved to a Secret and blanked as soon as it is seen.'),
  secret: z
    .object({
      name: z.string().describe('Name of the Secret in the namespace of the object.'),
      key: z.string().describe('Key inside the Secret.'),
    })
    .optional()
    .describe('Where the value lives. Filled by the controller.'),
});
export type SecretValue = z.infer<typeof SecretValueSchema>;

const SelectorRequirementSchema = z.object({
  key: z.string().describe('Label key the requirement speaks of.'),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'in', 'notin', 'exists', '!'])
    .describe("How the label's value relates to `values`; both Kubernetes' spelling and the short one are read."),
  values: z.array(z.string()).optional().describe('Values for In and NotIn; empty for the other operators.'),
});

/** Which objects by their labels; all requirements must hold. */
export const LabelSelectorSchema = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).optional().describe('Labels that must be there with these values.'),
  matchExpressions: z.array(SelectorRequirementSchema).optional().describe('Further requirements on labels.'),
});
export type LabelSelector = z.infer<typeof LabelSelectorSchema>;

/** A reference to an object as `corev1.ObjectReference` spells it. */
export const ObjectReferenceSchema = z.object({
  apiVersion: z.string().optional().describe('API version of the object.'),
  kind: z.string().optional().describe('Kind of the object.'),
  namespace: z.string().optional().describe('Namespace of the object.'),
  name: z.string().optional().describe('Name of the object.'),
  uid: z.string().optional().describe('UID of the object.'),
});
export type ObjectReference = z.infer<typeof ObjectReferenceSchema>;

/** An address of a node as `corev1.NodeAddress` spells it. */
export const NodeAddressSchema = z.object({
  type: z.string().describe('InternalIP or Hostname.'),
  address: z.string().describe('The address.'),
});
