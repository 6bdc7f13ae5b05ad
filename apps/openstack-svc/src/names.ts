/** Names of what this service makes in a MOSK cluster. */

/** On rendered objects whose content others keep after they are made; they outlive the cloud, as credentials do. */
export const madeOnceAnnotation = 'keelson.dev/made-once';
/** On every object that is rendered: the OpenStackDeployment and the service of the cloud it belongs to. */
export const deploymentLabel = 'keelson.dev/openstack-deployment';
export const serviceLabel = 'keelson.dev/openstack-service';
/**
 * On DaemonSets of the data plane, whose pods get new images with the maintenance of their node: digest of the pod template
 * without its images.
 */
export const followsNodeAnnotation = 'keelson.dev/follows-node';
/** On Jobs made again after a failure: which try it is. */
export const attemptAnnotation = 'keelson.dev/attempt';
/** On generated Secrets: the rotation that made them. */
export const rotationAnnotation = 'keelson.dev/rotation-id';
/** Beside it: which rotation it takes part in, and when it was last rotated, RFC 3339. */
export const rotationGroupAnnotation = 'keelson.dev/rotation-group';
export const rotatedAtAnnotation = 'keelson.dev/rotated-at';
/** On pods of Octavia's controllers while authorities of amphorae are rotated: digest of whom they trust. */
export const amphoraTrustAnnotation = 'keelson.dev/amphora-trust';
/** On an OpenStackDeployment: the rotation of authorities of amphorae, by its id, that is to be given up. */
export const abortAmphoraRotationAnnotation = 'keelson.dev/abort-amphora-rotation';
/** On an OpenStackDeployment: until then no upgrade of a service is begun. RFC 3339. */
export const pauseAnnotation = 'keelson.dev/pause-upgrade-until';

/**
 * On an OpenStackDeployment, `<project>:<release>` and more behind commas: that the upgrade check of that project, of that release,
 * fails is passed over.
 */
export const checkOverrideAnnotation = 'keelson.dev/upgrade-check-override';

/** On what OpenStack and the SDN tell each other. */
export const sdnExchangeLabel = 'keelson.dev/sdn-exchange';

/** Version of this controller, as statuses show it. */
export const controllerVersion = '0.1.0';

/** Where clouds are, and what is given to others. */
export const namespaces = {
  cloud: 'openstack',
  ceph: 'openstack-ceph-shared',
  sdn: 'openstack-tf-shared',
  stacklight: 'openstack-lma-shared',
  external: 'openstack-external',
  redis: 'openstack-redis',
} as const;

/** Pods that are read as they change: members of the database, and who works on amphorae. One selection serves the whole service. */
export const watchedPods = {
  labelSelector: 'application in (mariadb,octavia),component in (server,worker,housekeeping,health-manager)',
} as const;

/** The Service by which readers outside the cluster reach notifications. */
export const externalBroker = 'rabbitmq-external';
/** Credentials: the broker's certificate there, and the one that readers show it. */
export const externalServerCertificate = 'rabbitmq-external-server';
export const externalClientCertificate = 'rabbitmq-external-client';

/** All of them: nowhere else are Secrets read or anything written. */
export const cloudNamespaces: readonly string[] = Object.values(namespaces);

/** For operators: `clouds.yaml` with the clouds `admin` and `admin-system`. */
export const identityCredentials = 'openstack-identity-credentials';
