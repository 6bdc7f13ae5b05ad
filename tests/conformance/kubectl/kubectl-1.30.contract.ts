import { everything, tryKubectl, tryWorkloads } from './run.js';

tryKubectl('1.30', 'HTTP/2', { sections: everything });
tryWorkloads('1.30');
