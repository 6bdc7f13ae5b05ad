import { everything, tryKubectl } from './run.js';

tryKubectl('1.29', 'HTTP/2', { sections: everything });
