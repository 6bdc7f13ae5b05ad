import { tryKubectl } from './run.js';

// Older than what is supported: the basics.
tryKubectl('1.27', 'HTTP/2', { sections: ['basics'] });
