import type { ManagementApi } from './management/management-api.js';
import type { Ports } from './ports.js';

/** A service of this installation, as far as starting it goes. */
export interface EmbeddedService {
  readonly name: 'baremetal-svc' | 'lifecycle-svc' | 'openstack-svc' | 'release-svc' | 'sdn-svc';
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Settings that only this service has. */
  readonly own: Readonly<Record<string, string>>;
}

/** The services of this installation, whose own certificates are of the authority in that file. */
export function embeddedServices(
  ports: Ports,
  caFile: string,
  management: Pick<ManagementApi, 'server' | 'caFile'>,
): readonly EmbeddedService[] {
  return [
    {
      name: 'baremetal-svc',
      httpPort: ports.baremetalHttp,
      grpcPort: ports.baremetalGrpc,
      own: { KEELSON_BAREMETAL_URL: `https://127.0.0.1:${ports.baremetalHttp}` },
    },
    {
      name: 'lifecycle-svc',
      httpPort: ports.lifecycleHttp,
      grpcPort: ports.lifecycleGrpc,
      own: {
        KEELSON_MANAGEMENT_ENDPOINT: management.server,
        ...(management.caFile === undefined ? {} : { KEELSON_MANAGEMENT_CA_FILE: management.caFile }),
      },
    },
    { name: 'release-svc', httpPort: ports.releaseHttp, grpcPort: ports.releaseGrpc, own: {} },
    {
      name: 'openstack-svc',
      httpPort: ports.openstackHttp,
      grpcPort: ports.openstackGrpc,
      own: {
        KEELSON_OPENSTACK_URL: `https://127.0.0.1:${ports.openstackHttp}`,
        KEELSON_OPENSTACK_CA_FILE: caFile,
      },
    },
    { name: 'sdn-svc', httpPort: ports.sdnHttp, grpcPort: ports.sdnGrpc, own: {} },
  ];
}
