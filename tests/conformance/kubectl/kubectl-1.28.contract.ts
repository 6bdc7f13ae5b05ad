import { tryKubectl } from './run.js';

// Older than what is supported: the basics.
tryKubectl('1.28', 'HTTP/2', { sections: ['basics'] });
