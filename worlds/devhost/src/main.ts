import { hostService, runServices } from '@keelson/service';
import { services } from './services.js';

/** All services in one process: `BAREMETAL_SVC__<NAME>` overrides `<NAME>` for baremetal-svc alone. */
await runServices(
  'devhost',
  services.map((service) => (environment) => hostService(service, environment)),
  { environment: process.env },
);
