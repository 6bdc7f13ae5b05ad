/** Holds a bundle until its releases are removed from the cluster. */
export const finalizer = 'keelson.dev/helm-bundle';
