import { transient } from '@keelson/std';
import type { z } from 'zod';
import type { OpenstackRequest, Session } from './session.js';

/**
 * What an API answers when it is asked.
 *
 * @throws Failure as `Session.call`; transient when the answer is in a form that is not known
 */
export async function read<T>(
  session: Session,
  schema: z.ZodType<T>,
  request: Omit<OpenstackRequest, 'method'>,
): Promise<T> {
  const parsed = schema.safeParse(await session.call({ method: 'GET', ...request }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw transient(
    `the ${request.type} API answered ${request.path} in an unknown form: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    { reason: 'BadAnswer' },
  );
}
