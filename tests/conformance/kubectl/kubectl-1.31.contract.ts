import { everything, tryKubectl } from './run.js';

tryKubectl('1.31', 'child profile', { profile: 'child', sections: [...everything, 'workloads'] });
