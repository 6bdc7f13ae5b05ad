import type { Attachments } from '@keelson/mosk';
import { jsonResponse, type Route } from '@keelson/service';
import { notFound, terminal } from '@keelson/std';
import { admissionPath } from './admission.registration.js';
import { reviewed } from './admission.review.js';

/**
 * The validating webhook of MOSK clusters, one path for each. An API server shows no certificate of ours, so the endpoint is
 * open: it tells nobody anything but whether a write would be refused.
 */
export function admissionRoutes(attachments: Attachments): readonly Route[] {
  return [
    {
      method: 'POST',
      path: admissionPath(':namespace', ':cluster'),
      auth: 'open',
      handler: async ({ params: { namespace = '', cluster = '' }, body }) => {
        const api = attachments.of({ namespace, cluster })?.api;
        if (api === undefined) throw notFound(`cluster ${namespace}/${cluster} is not worked on`);
        return jsonResponse(200, await reviewed(jsonOf(body), api));
      },
    },
  ];
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw terminal('the body is no JSON', { cause, reason: 'BadReview' });
  }
}
