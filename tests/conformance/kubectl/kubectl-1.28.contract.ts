import { everything, tryKubectl, tryWorkloads } from './run.js';

tryKubectl('1.28', 'HTTP/2', { sections: everything });
tryWorkloads('1.28');
