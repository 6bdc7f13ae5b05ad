import { transient } from '@keelson/std';
import type { z } from 'zod';

/** What nova has answered. @throws Failure transient when it is in a form that is not known */
export function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw transient(
    `the compute API answered in an unknown form: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    {
      reason: 'BadAnswer',
    },
  );
}
