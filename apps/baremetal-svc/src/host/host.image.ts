import type { RouteRequest, RouteResponse } from '@keelson/service';
import { type Http, type HttpResponse, transient } from '@keelson/std';

/** Images are fetched piece by piece, so that none ever lies in memory as a whole. */
const pieceBytes = 8 * 1024 * 1024;
const timeoutMs = 60_000;

/**
 * An image from where the release says it lies. HEAD is answered without a look: BMCs ask it to see whether the URL is
 * good. A range is passed on, since virtual drives read an image block by block.
 */
export async function imageResponse(http: Http, url: string, request: RouteRequest): Promise<RouteResponse> {
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (request.method === 'HEAD') return { status: 200, headers };
  const range = request.headers['range'];
  if (range !== undefined) return passedOn(await fetchPart(http, url, range), headers);
  const first = await fetchPart(http, url, `bytes=0-${pieceBytes - 1}`);
  const size = sizeOf(first);
  // A server that knows no ranges has sent the whole.
  if (first.status === 200 || size === undefined)
    return { status: 200, headers: { ...headers, 'content-length': String(first.body.length) }, body: first.body };
  return {
    status: 200,
    headers: { ...headers, 'content-length': String(size) },
    body: pieces(http, url, first.body, size),
  };
}

async function* pieces(http: Http, url: string, first: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  yield first;
  for (let at = first.length; at < size;) {
    const part = await fetchPart(http, url, `bytes=${at}-${Math.min(at + pieceBytes, size) - 1}`);
    if (part.body.length === 0) throw transient(`${url} ended before its announced size`, { reason: 'ImageCutShort' });
    at += part.body.length;
    yield part.body;
  }
}

function passedOn(response: HttpResponse, headers: Record<string, string>): RouteResponse {
  const range = response.headers['content-range'];
  return {
    status: response.status,
    headers: {
      ...headers,
      'content-length': String(response.body.length),
      ...(range === undefined ? {} : { 'content-range': range }),
    },
    body: response.body,
  };
}

async function fetchPart(http: Http, url: string, range: string): Promise<HttpResponse> {
  const response = await http({ method: 'GET', url, headers: { range }, timeoutMs });
  if (response.status !== 200 && response.status !== 206)
    throw transient(`fetching the image from ${url}: answered ${response.status}`, { reason: 'ImageUnavailable' });
  return response;
}

/** `bytes 0-99/1234` says 1234. */
function sizeOf(response: HttpResponse): number | undefined {
  const size = Number(/\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]);
  return Number.isFinite(size) ? size : undefined;
}
