import { everything, tryKubectl } from './run.js';

tryKubectl('1.31', 'HTTP/2', { sections: everything });
