import { everything, tryKubectl } from './run.js';

tryKubectl('1.27', 'HTTP/2', { sections: everything });
