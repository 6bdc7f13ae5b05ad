import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { catalogue, subjectRoot } from './catalogue.js';
import { subjectsPage, subjectsPath } from './generate/subjects.js';
import { consumers, streams } from './streams.js';

const news = catalogue.flatMap((service) => service.news);
const requests = catalogue.flatMap((service) => service.requests);

describe('the catalogue', () => {
  it('names every subject once, as <service>.<kind>.<word>', () => {
    const subjects = [...news, ...requests].map(({ subject }) => subject);
    expect(subjects.filter((subject) => !/^[a-z]+\.[a-z0-9]+\.[a-z]+$/.test(subject))).toEqual([]);
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it('keeps each service below its own root', () => {
    const strays = catalogue.flatMap(({ service, news: own, requests: asked }) =>
      [...own, ...asked].filter(({ subject }) => !subject.startsWith(`${subjectRoot(service)}.`)),
    );
    expect(strays).toEqual([]);
  });

  it('is printed as committed; if not, run ./keelson generate', () => {
    expect(readFileSync(join(process.cwd(), subjectsPath), 'utf8')).toBe(subjectsPage());
  });
});

describe('streams', () => {
  it('catch every news and no request', () => {
    const caught = new Set(streams.flatMap((stream) => stream.subjects));
    expect(news.filter(({ subject }) => !caught.has(subject))).toEqual([]);
    expect(requests.filter(({ subject }) => caught.has(subject))).toEqual([]);
    expect([...caught].filter((subject) => subject.includes('>'))).toEqual([]);
  });

  it('have the subjects their consumers filter', () => {
    const lost = consumers.filter(
      ({ stream, news: wanted }) => !streams.find(({ name }) => name === stream)?.subjects.includes(wanted.subject),
    );
    expect(lost).toEqual([]);
    expect(new Set(consumers.map(({ durable }) => durable)).size).toBe(consumers.length);
  });
});
