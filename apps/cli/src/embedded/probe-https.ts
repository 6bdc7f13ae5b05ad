import { messageOf, systemHttp } from '@keelson/std';

/** Asks a readiness endpoint: undefined when it answers 200, else what is missing as it says itself. */
export async function probeReady(url: string, ca: string | undefined): Promise<string | undefined> {
  try {
    const response = await systemHttp({
      method: 'GET',
      url,
      timeoutMs: 3_000,
      ...(ca === undefined ? {} : { tls: { ca } }),
    });
    return response.status === 200 ? undefined : lackOf(Buffer.from(response.body).toString('utf8'), response.status);
  } catch (error) {
    return /ECONNREFUSED/.test(messageOf(error)) ? 'does not listen yet' : messageOf(error);
  }
}

function lackOf(body: string, status: number): string {
  try {
    const { lacks } = JSON.parse(body) as { lacks?: unknown };
    if (Array.isArray(lacks)) return lacks.join('; ');
  } catch {
    // Not ours: the first line will do.
  }
  return `answers ${status}: ${body.split('\n')[0]?.slice(0, 200) ?? ''}`;
}
