import { label1035Errors } from '../kinds/names.js';
import { urlErrors } from '../kinds/webhooks.js';
import { asText } from '../schema/schema.js';
import { type FieldError, fieldForbidden, fieldInvalid, fieldRequired, fieldUnsupported } from '../status/status.js';
import type { Conversion, Definition } from './definition.js';

const strategies = ['None', 'Webhook'];
const reviewVersions = ['v1', 'v1beta1'];

/** What is wrong with how the versions of a kind are converted. */
export function conversionErrors({ conversion, versions }: Definition): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy } = conversion;
  const at = 'spec.conversion';
  const errors: FieldError[] = [];
  if (strategy === '') errors.push(fieldRequired(`${at}.strategy`));
  else if (!strategies.includes(strategy)) errors.push(fieldUnsupported(`${at}.strategy`, strategy, strategies));
  errors.push(...(strategy === 'Webhook' ? webhookErrors(conversion, at) : needlessErrors(conversion, at)));
  if (errors.length === 0 && strategy === 'Webhook' && versions.length > 1)
    errors.push(
      fieldForbidden(
        `${at}.strategy`,
        'this server calls no conversion webhooks: with Webhook a definition may have one version only, for which none is ever needed',
      ),
    );
  return errors;
}

function webhookErrors({ client, reviews }: Conversion, at: string): FieldError[] {
  const config = `${at}.webhookClientConfig`;
  if (client === undefined)
    return [fieldRequired(config, 'required when strategy is set to Webhook'), ...reviewErrors(reviews, at)];
  const { url, service } = client;
  if ((url === undefined) === (service === undefined))
    return [fieldRequired(config, 'exactly one of url or service is required'), ...reviewErrors(reviews, at)];
  return [...(url === undefined ? [] : urlErrors(asText(url), `${config}.url`)), ...reviewErrors(reviews, at)];
}

function reviewErrors(versions: readonly string[], at: string): FieldError[] {
  const path = `${at}.conversionReviewVersions`;
  if (versions.length === 0) return [fieldRequired(path)];
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [fieldInvalid(`${path}[${i}]`, version, 'duplicate version')]
      : label1035Errors(version).map((error) => fieldInvalid(`${path}[${i}]`, version, error)),
  );
  if (!versions.some((version) => reviewVersions.includes(version)))
    errors.push(fieldInvalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  return errors;
}

function needlessErrors({ client, reviews }: Conversion, at: string): FieldError[] {
  const detail = 'should not be set when strategy is not set to Webhook';
  return [
    ...(client === undefined ? [] : [fieldForbidden(`${at}.webhookClientConfig`, detail)]),
    ...(reviews.length === 0 ? [] : [fieldForbidden(`${at}.conversionReviewVersions`, detail)]),
  ];
}
