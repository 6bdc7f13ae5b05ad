import { everything, tryKubectl, tryWorkloads } from './run.js';

tryKubectl('1.31', 'HTTP/2', { sections: everything });
tryWorkloads('1.31');
