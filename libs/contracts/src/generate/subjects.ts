import { z } from 'zod';
import { catalogue } from '../catalogue.js';
import { consumers, streamOf, streams } from '../streams.js';

const mark = '<!-- Generated from libs/contracts by `./keelson generate`. Do not edit. -->';

/** Path of the page from the root of the repository. */
export const subjectsPath = 'docs/reference/subjects.md';

/** The catalogue of subjects as a page. Deterministic. */
export function subjectsPage(): string {
  return [
    mark,
    '# Subjects',
    'News tell what has happened and go through JetStream; nothing is true because it was published, and a lost message only makes things late. Requests are core NATS with a deadline.',
    ...catalogue.map(serviceSection),
    `## Streams\n\n${table(['Stream', 'Kept', 'At most', 'Subjects'], streams.map(streamRow))}`,
    `## Durable consumers\n\n${table(['Durable', 'Service', 'Stream', 'Subject', 'Tries'], consumers.map(consumerRow))}`,
  ]
    .join('\n\n')
    .concat('\n');
}

function serviceSection({ service, news, requests }: (typeof catalogue)[number]): string {
  const newsRows = news.map((item) => [code(item.subject), item.description, payload(item.schema)]);
  const requestRows = requests.map((item) => [
    code(item.subject),
    item.description,
    payload(item.query),
    payload(item.answer),
  ]);
  return [
    `## ${service}`,
    `News, in stream ${code(streamOf(service))}:`,
    table(['Subject', 'Means', 'Payload'], newsRows),
    'Requests:',
    table(['Subject', 'Asks', 'Query', 'Answer'], requestRows),
  ].join('\n\n');
}

function streamRow(stream: (typeof streams)[number]): string[] {
  const subjects =
    stream.subjects.length > 1 ? `${stream.subjects.length} subjects` : stream.subjects.map(code).join('');
  return [code(stream.name), `${stream.maxAgeSeconds / 86_400} days`, `${stream.maxBytes / 1024 / 1024} MiB`, subjects];
}

function consumerRow(consumer: (typeof consumers)[number]): string[] {
  return [
    code(consumer.durable),
    consumer.service,
    code(consumer.stream),
    code(consumer.news.subject),
    String(consumer.maxDeliver),
  ];
}

/** Members of a payload by name; optional ones with a question mark. */
function payload(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.keys(properties)
    .map((name) => code(required.includes(name) ? name : `${name}?`))
    .join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
