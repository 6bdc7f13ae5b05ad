import { everything, tryKubectl } from './run.js';

// What holds for all profiles is tried with the other one here; the other versions take everything in one go.
tryKubectl('1.29', 'management profile', { sections: [...everything, 'management'] });
tryKubectl('1.29', 'child profile', { profile: 'child', sections: ['workloads'] });
