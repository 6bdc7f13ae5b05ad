import { everything, tryKubectl } from './run.js';

tryKubectl('1.32', 'HTTP/2', { sections: everything });
