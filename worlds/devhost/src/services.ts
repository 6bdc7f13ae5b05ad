import { baremetalService } from '@keelson/baremetal-svc';
import { lifecycleService } from '@keelson/lifecycle-svc';
import { openstackService } from '@keelson/openstack-svc';
import { releaseService } from '@keelson/release-svc';
import { sdnService } from '@keelson/sdn-svc';
import type { ServiceDefinition } from '@keelson/service';

/** Every service, one a line. */
export const services: readonly ServiceDefinition<unknown>[] = [
  baremetalService,
  lifecycleService,
  openstackService,
  releaseService,
  sdnService,
];
