import { describe, expect, it } from '@jest/globals';
import { rehearsalPage } from './page.js';
import type { Rehearsal } from './rehearsal.js';
import { rehearsalText } from './text.js';

const impact = { users: 'none', workloads: 'major', info: 'Instances are moved.' };
const rehearsal: Rehearsal = {
  cluster: 'first',
  plan: 'first-21.2.0',
  source: 'a',
  target: 'b',
  machines: 6,
  seed: '1',
  takenAt: '2026-11-27T18:33:00Z',
  lacks: ['instances are not in this rehearsal: <nova> does not answer'],
  courses: [
    {
      faults: [],
      completed: true,
      outcome: 'first runs b',
      seconds: 7_200,
      steps: [{ id: 'k8s-workers-x', name: 'Update workers', status: 'Completed', impact, begins: 0, ends: 7_200 }],
      machines: [{ name: 'wk-1', step: 'k8s-workers-x', begins: 60, ends: 3_660 }],
      migrations: 3,
      obstacles: [],
    },
    {
      faults: ['a node never returns'],
      completed: false,
      outcome: 'wk-1 is silent',
      seconds: 9_000,
      steps: [{ id: 'k8s-workers-x', name: 'Update workers', status: 'Failed', impact, begins: 0 }],
      machines: [{ name: 'wk-1', step: 'k8s-workers-x', begins: 60 }],
      obstacles: [
        {
          object: 'LCMMachine wk-1',
          reason: 'AgentSilent',
          message: 'the agent of <wk-1> is silent',
          waitsOn: 'Agent wk-1',
          seconds: 5_400,
          begins: 3_600,
          abort: 'power the host on',
          isLast: true,
        },
      ],
    },
  ],
};

describe('what a rehearsal tells', () => {
  it('in text: duration, impact by step, what held it up and to the end', () => {
    const text = rehearsalText(rehearsal);
    expect(text).toContain('Not known: instances are not in this rehearsal: <nova> does not answer\n');
    expect(text).toContain('Without faults: done after 2 h 0 min');
    expect(text).toMatch(/k8s-workers-x +from 0 s for 2 h 0 min; impact: users none, workloads major/);
    expect(text).toContain('stops after 2 h 30 min\n  Agent wk-1: the agent of <wk-1> is silent\n');
    expect(text).toContain(
      '6 machines. A forecast by simulation, seed 1.\nResources as they were at 2026-11-27T18:33:00Z',
    );
    expect(text).toContain('    Instances are moved.\n    1 machines done, the longest wk-1 in 1 h 0 min\n');
    expect(text).toContain('  instances are moved 3 times\n  nothing holds it up\n');
    expect(text).toContain(
      'held to the end, from 1 h 0 min in k8s-workers-x: LCMMachine wk-1 by Agent wk-1 (AgentSilent)\n    to give it up: power the host on',
    );
    expect(text).toContain('1 of 2 courses came to their end, in 2 h 0 min to 2 h 0 min. 1 stopped and said why.');
  });

  it('as a page that needs nothing else, with a bar for each step and machine, and no markup from outside', () => {
    const page = rehearsalPage(rehearsal);
    expect(page).not.toMatch(/<script|<link|src=|https?:/);
    expect(page).toContain('style="left:0.83%;width:50.00%"');
    expect(page).toContain('Not known: instances are not in this rehearsal: &lt;nova&gt; does not answer');
    expect(page).toContain('the agent of &lt;wk-1&gt; is silent');
    expect(page).toContain('style="--tick:12.500%"');
    expect(page).toContain('is held to the end, from 1 h 0 min in k8s-workers-x by Agent wk-1');
    expect(page).toContain('To give it up: power the host on');
    // A bar of what does not end has its share of the drawing even where it begins at the end.
    expect(page).toContain('from 0 to 2 h 30 min;');
    expect(page).toContain('left:0.60%;width:99.40%');
    expect(page).toContain('<a href="#c1">With faults, course 1</a> <span class="bad">stops after 2 h 30 min</span>');
    expect(page).toMatch(
      /<html lang="en">[\s\S]*name="viewport"[\s\S]*<caption>[\s\S]*<th scope="row" role="rowheader">wk-1/,
    );
  });
});
