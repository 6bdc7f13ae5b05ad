import {
  type Rack,
  aCluster,
  aKaasRelease,
  aMachine,
  aRack,
  aSubnet,
  nextRelease,
} from '../../../lifecycle-svc/test/scenarios/rack/rack.js';
import { answerUpdates } from '../../../lifecycle-svc/src/update/update.handlers.js';
import { StandIns, giveCeph } from './cloud.js';

/**
 * A Ready cluster of two machines with an update to come: lifecycle-svc over the lab's cluster and real agents; OpenStack and
 * Ceph are stand-ins. All of it is simulated, and release-svc is not there yet.
 */
export async function aSmallCluster(): Promise<{ readonly rack: Rack; readonly owners: StandIns }> {
  const rack = await aRack({ servers: 2 });
  const { world } = rack;
  await world.apply(nextRelease(), aKaasRelease(), aSubnet(), aCluster(), aMachine('cp-1', 1), aMachine('wk-1', 2));
  await rack.allReady();
  await giveCeph(await rack.child());
  await answerUpdates({ ...world, phases: rack.phases });
  const owners = new StandIns(world);
  await owners.join('openstack', 'ceph');
  return { rack, owners };
}
