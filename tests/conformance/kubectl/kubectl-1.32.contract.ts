import { everything, tryKubectl } from './run.js';

tryKubectl('1.32', 'child profile', { profile: 'child', sections: [...everything, 'workloads'] });
