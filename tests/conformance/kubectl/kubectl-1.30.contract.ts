import { everything, tryKubectl } from './run.js';

tryKubectl('1.30', 'HTTP/2', { sections: everything });
