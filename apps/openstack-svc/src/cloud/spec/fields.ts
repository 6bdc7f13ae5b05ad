import { z } from 'zod';

export const ValueOrReference = z.union([
  z.string(),
  z.looseObject({
    value_from: z.looseObject({ secret_key_ref: z.looseObject({ name: z.string(), key: z.string() }) }),
  }),
]);
/** Text, or where the text is kept. */
export type ValueOrReference = z.infer<typeof ValueOrReference>;

/** Whatever the user writes there. */
export const raw = z.record(z.string(), z.unknown());
/** What is off unless asked for: `enabled.prefault(off)`. */
export const enabled = z.looseObject({ enabled: z.boolean().default(false) });
export const off = { enabled: false };
