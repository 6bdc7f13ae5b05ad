import { tryKubectl } from './run.js';

const sections = ['basics'] as const;

// client-go reads this variable.
tryKubectl('1.33', 'HTTP/1.1 only', { sections, environment: { DISABLE_HTTP2: 'true' } });
tryKubectl('1.33', 'plain discovery only', { sections, lacks: 'aggregated discovery' });
tryKubectl('1.33', 'aggregated discovery of the old version only', { sections, lacks: 'aggregated discovery v2' });
tryKubectl('1.33', 'no OpenAPI v3', { sections, lacks: 'OpenAPI v3' });
