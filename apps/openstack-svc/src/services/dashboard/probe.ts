import type { ProbeDeclaration } from '../../cloud/service.js';
import { dashboardAddress } from './config.js';

export const dashboardProbe: ProbeDeclaration = {
  host: dashboardAddress.host,
  port: dashboardAddress.port,
  path: '/auth/login/',
  accepts: [200, 302],
  checks: [],
};
