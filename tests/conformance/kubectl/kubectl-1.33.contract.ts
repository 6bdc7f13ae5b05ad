import { everything, tryKubectl } from './run.js';

tryKubectl('1.33', 'child profile', { profile: 'child', sections: [...everything, 'workloads'] });
