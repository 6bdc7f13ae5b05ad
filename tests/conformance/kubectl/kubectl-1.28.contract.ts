import { everything, tryKubectl } from './run.js';

tryKubectl('1.28', 'HTTP/2', { sections: everything });
