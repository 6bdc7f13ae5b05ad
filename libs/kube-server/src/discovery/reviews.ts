/** A kind that is a question: posted, answered, not stored. */
export interface Review {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
}

const authorization = 'authorization.k8s.io';
const authentication = 'authentication.k8s.io';

function review(group: string, kind: string, namespaced = false): Review {
  const singular = kind.toLowerCase();
  return { group, version: 'v1', kind, plural: `${singular}s`, singular, namespaced };
}

export const reviews: readonly Review[] = [
  review(authentication, 'SelfSubjectReview'),
  review(authentication, 'TokenReview'),
  review(authorization, 'LocalSubjectAccessReview', true),
  review(authorization, 'SelfSubjectAccessReview'),
  review(authorization, 'SelfSubjectRulesReview'),
  review(authorization, 'SubjectAccessReview'),
];

const byResource = new Map(reviews.map((one) => [`${one.group}/${one.version}/${one.plural}`, one]));

export function reviewOf(group: string, version: string, plural: string): Review | undefined {
  return byResource.get(`${group}/${version}/${plural}`);
}
