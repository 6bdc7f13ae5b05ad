/** What stands in a log where a secret was. */
export const hidden = '[hidden]';

const secretNames = /(password|passwd|secret|token|authorization|cookie|seed|private_?key|kubeconfig|user_?data)$/i;
const inUrl = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s@]+@/gi;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const jwt = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;
const pemKey = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g;

/** Deeper members are left out: a log line is no place for a tree. */
const deepest = 6;

/** The text without passwords in URLs, bearer tokens and private keys. */
export function withoutSecrets(text: string): string {
  return text
    .replace(inUrl, `$1:${hidden}@`)
    .replace(bearer, `$1 ${hidden}`)
    .replace(jwt, hidden)
    .replace(pemKey, hidden);
}

/** Fields fit for a log: members named like secrets are hidden, texts are cleaned, errors become their message. */
export function withoutSecretFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, secretNames.test(name) ? hidden : cleaned(value, 1)]),
  );
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (value instanceof Error) return withoutSecrets(value.message);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '…';
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, secretNames.test(name) ? hidden : cleaned(member, depth + 1)]),
  );
}
