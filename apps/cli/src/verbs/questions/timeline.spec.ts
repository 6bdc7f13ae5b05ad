import { describe, expect, it } from '@jest/globals';
import { timelinePage } from './timeline-page.js';
import { timelineText } from './timeline.js';

const update = { plan: 'cloud-21.2.0', cluster: 'cloud', source: 'a', target: 'b', now: '2026-01-01T02:00:00.000Z' };

describe('an update drawn in time', () => {
  it('has a bar for each step and, below it, for each of its machines', () => {
    const text = timelineText({
      ...update,
      status: 'InProgress',
      message: 'k8s-workers-x: is at it',
      spans: [
        {
          name: 'openstack',
          what: 'step',
          startedAt: '2026-01-01T00:00:00Z',
          finishedAt: '2026-01-01T01:00:00Z',
          failed: false,
          estimated: '45m0s',
        },
        { name: 'k8s-workers-x', what: 'step', startedAt: '2026-01-01T01:00:00Z', failed: false },
        {
          name: 'wk-1',
          what: 'machine',
          startedAt: '2026-01-01T01:00:00Z',
          finishedAt: '2026-01-01T01:30:00Z',
          failed: false,
        },
        {
          name: 'drain',
          what: 'phase',
          of: 'wk-1',
          startedAt: '2026-01-01T01:00:00Z',
          finishedAt: '2026-01-01T01:10:00Z',
          failed: false,
        },
        {
          name: 'os',
          what: 'phase',
          of: 'wk-1',
          startedAt: '2026-01-01T01:10:00Z',
          finishedAt: '2026-01-01T01:30:00Z',
          failed: false,
        },
        { name: 'wk-2', what: 'machine', startedAt: '2026-01-01T01:30:00Z', failed: true },
      ],
    });
    expect(text.split('\n')).toEqual([
      'cloud-21.2.0  cloud: a → b  InProgress  k8s-workers-x: is at it',
      '2026-01-01T00:00:00Z to 2026-01-01T02:00:00.000Z, 2 h 0 min',
      `openstack      ${'█'.repeat(20)}                      1 h 0 min   expected 45m0s`,
      `k8s-workers-x  ${' '.repeat(20)}${'█'.repeat(20)}  1 h 0 min                   goes on`,
      `  wk-1         ${' '.repeat(20)}${'─'.repeat(10)}            30 min 0 s                           drain 10 min 0 s, os 20 min 0 s`,
      `  wk-2         ${' '.repeat(30)}${'─'.repeat(10)}  30 min 0 s                  failed`,
    ]);
  });

  it('says so when nothing has begun', () => {
    expect(timelineText({ ...update, status: 'NotStarted', spans: [] })).toContain('nothing of it has begun');
  });

  it('says when all of it is likely over', () => {
    const told = { ...update, status: 'InProgress', outlook: 'likely over at 2026-01-01T05:00Z', spans: [] };
    expect(timelineText(told).split('\n')[1]).toBe('likely over at 2026-01-01T05:00Z');
    expect(timelinePage(told)).toContain('<p>likely over at 2026-01-01T05:00Z</p>');
  });

  it('is a page that needs nothing else, with machines cut by what was done to them, and no markup from outside', () => {
    const spans = [
      { name: 'k8s-workers-x', what: 'step', startedAt: '2026-01-01T01:00:00.000Z', failed: false },
      {
        name: 'wk-1',
        what: 'machine',
        startedAt: '2026-01-01T01:00:00Z',
        finishedAt: '2026-01-01T01:30:00Z',
        failed: false,
      },
      {
        name: 'drain',
        what: 'phase',
        of: 'wk-1',
        startedAt: '2026-01-01T01:00:00Z',
        finishedAt: '2026-01-01T01:15:00Z',
        failed: false,
      },
      { name: 'wk-<2>', what: 'machine', startedAt: '2026-01-01T01:30:00Z', failed: true },
    ] as const;
    const page = timelinePage({ ...update, status: 'Failed', message: 'wk-<2> is silent', spans: [...spans] });
    expect(page).not.toMatch(/<script|<link|src=|https?:|<2>/);
    expect(page).toContain('<p class="stop">wk-&lt;2&gt; is silent</p>');
    expect(page).toContain('from 2026-01-01T01:00:00Z on, 1 h 0 min in all; a line every 15 min');
    expect(page).toContain(
      '<span class="bar machine" style="left:0.00%;width:50.00%"><span class="part" style="left:0.00%;width:50.00%"></span></span>',
    );
    expect(page).toMatch(/>wk-1<[\s\S]*0 s to 30 min \(30 min\)[\s\S]*drain 15 min/);
    expect(page).toMatch(/from 0 s, goes on[\s\S]*<span class="bar machine open"[\s\S]*from 30 min, failed/);
    expect(timelinePage({ ...update, status: 'NotStarted', spans: [] })).toContain('Nothing of it has begun.');
  });
});
