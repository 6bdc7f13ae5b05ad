import { everything, tryKubectl } from './run.js';

tryKubectl('1.30', 'child profile', { profile: 'child', sections: [...everything, 'workloads'] });
