import { expect } from '@jest/globals';
import { type Check, check } from './check.js';
import { node, nodeStatus, pod } from './objects.js';

/** The child profile: what operators and controllers do with workloads, which are data here. */
export const workloads: readonly Check[] = [
  check('cluster-info, and what nobody serves', async (k) => {
    expect(await k('cluster-info')).toContain('is running at');
    expect((await k.attempt('top nodes')).err).toContain('Metrics API not available');
  }),
  check('create deployment, set image, scale, pause, restart, status', async (k) => {
    await k('create deployment web --image nginx:1 --replicas 2 --port 80');
    expect(await k('get deployment web -o wide')).toMatch(
      /NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR\nweb\s+0\/2\s+0\s+0\s+\d+s\s+nginx\s+nginx:1\s+app=web/,
    );
    await k('set image deployment/web nginx=nginx:2');
    await k('scale deployment web --replicas 3');
    await k('rollout pause deployment/web');
    await k('rollout resume deployment/web');
    await k('rollout restart deployment/web');
    expect(await k('get deployment web -o jsonpath={.spec.replicas}{.spec.template.spec.containers[0].image}')).toBe(
      '3nginx:2',
    );
    const generation = Number(await k('get deployment web -o jsonpath={.metadata.generation}'));
    const status = {
      observedGeneration: generation,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
    };
    await k(`patch deployment web --subresource status --type merge -p '${JSON.stringify({ status })}'`);
    expect(await k('rollout status deployment/web --timeout 60s')).toContain('successfully rolled out');
    expect(await k('describe deployment web')).toMatch(/Image:\s+nginx:2/);
  }),
  check('set environment, resources and service account; expose', async (k) => {
    await k('create deployment shop --image nginx:1 --port 80');
    await k('set env deployment/shop MODE=open');
    await k('set resources deployment/shop --limits cpu=200m,memory=64Mi');
    await k('set serviceaccount deployment/shop default');
    expect(await k('set env deployment/shop --list')).toContain('MODE=open');
    const spec = await k('get deployment shop -o jsonpath={.spec.template.spec}');
    expect(JSON.parse(spec)).toMatchObject({
      serviceAccountName: 'default',
      containers: [{ image: 'nginx:1', resources: { limits: { cpu: '200m', memory: '64Mi' } } }],
    });
    await k('expose deployment shop --port 80 --target-port 8080');
    expect(await k('get service shop -o jsonpath={.spec.ports[0].targetPort}{.spec.selector}')).toBe(
      '8080{"app":"shop"}',
    );
    await k(`set selector service shop 'app=other'`);
    expect(await k('get service shop -o wide')).toMatch(/app=other/);
  }),
  check('apply a deployment by merge keys', async (k) => {
    const template = (containers: object[]): object => ({
      metadata: { labels: { app: 'merged' } },
      spec: { containers },
    });
    const deployment = (containers: object[]): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'merged' },
      spec: { selector: { matchLabels: { app: 'merged' } }, template: template(containers) },
    });
    await k(
      'apply -f -',
      deployment([
        { name: 'a', image: 'x:1' },
        { name: 'b', image: 'y:1' },
      ]),
    );
    await k('apply -f -', deployment([{ name: 'b', image: 'y:2' }]));
    expect(await k('get deployment merged -o jsonpath={.spec.template.spec.containers[*].image}')).toBe('y:2');
  }),
  check('create the other kinds', async (k) => {
    await k('create job once --image nginx');
    await k(`create cronjob often --image nginx --schedule '*/5 * * * *'`);
    await k('create job now --from cronjob/often');
    await k(`create ingress front --rule 'example.com/=web:80'`);
    await k('create quota limited --hard pods=2');
    await k('create pdb kept --selector app=kept --min-available 1');
    await k('create priorityclass high --value 100');
    const names = 'job/once job/now cronjob/often ingress/front quota/limited pdb/kept priorityclass/high';
    expect(await k(`get ${names} -o name`)).toBe(
      [
        'job.batch/once',
        'job.batch/now',
        'cronjob.batch/often',
        'ingress.networking.k8s.io/front',
        'resourcequota/limited',
        'poddisruptionbudget.policy/kept',
        'priorityclass.scheduling.k8s.io/high',
        '',
      ].join('\n'),
    );
  }),
  check('create services of all types', async (k) => {
    await k('create service clusterip inner --tcp 80:8080');
    await k('create service nodeport outer --tcp 80:8080 --node-port 30080');
    await k('create service loadbalancer balanced --tcp 80:8080');
    await k('create service externalname named --external-name example.com');
    expect(await k('get service inner')).toMatch(/inner\s+ClusterIP\s+\S+\s+<none>\s+80\/TCP/);
    expect(await k('get service outer')).toMatch(/outer\s+NodePort\s+\S+\s+<none>\s+80:30080\/TCP/);
    expect(await k('get service named')).toMatch(/named\s+ExternalName\s+<none>\s+example.com/);
  }),
  check('nodes: columns, taints, cordon', async (k) => {
    await k('create -f -', node('n1'));
    await k(`patch node n1 --subresource status --type merge -p '${nodeStatus}'`);
    expect(await k('get nodes n1 -o wide')).toMatch(/n1\s+Ready\s+worker\s+\d+s\s+v1.33.0\s+10.0.0.1/);
    await k('cordon n1');
    expect(await k('get node n1')).toContain('Ready,SchedulingDisabled');
    await k('uncordon n1');
    await k('taint node n1 dedicated=x:NoSchedule');
    expect(await k('describe node n1')).toMatch(/Taints:\s+dedicated=x:NoSchedule/);
    await k('taint node n1 dedicated-');
    expect(await k('get node n1 -o jsonpath={.spec.taints}')).toBe('');
  }),
  check('run, get, logs, describe, delete a pod', async (k) => {
    await k('run single --image nginx --restart Never');
    await k(
      `patch pod single --subresource status --type merge -p '{"status":{"phase":"Running","containerStatuses":[{"name":"single","ready":true,"restartCount":0,"image":"nginx","imageID":"","state":{"running":{}}}]}}'`,
    );
    expect(await k('get pod single')).toMatch(/single\s+1\/1\s+Running\s+0/);
    expect(await k('logs single --tail 5')).toBe('first\nsecond\n');
    expect(await k('describe pod single')).toMatch(/Image:\s+nginx/);
    await k('delete pod single --now');
  }),
  check('drain waits for budgets', async (k) => {
    await k('create -f -', node('n2'));
    await k('create pdb drained --selector app=drained --min-available 1');
    await k('create -f -', pod('p1', 'n2', { app: 'drained' }));
    await k('create -f -', pod('p2', 'n2'));
    await k(
      `patch pod p1 --subresource status --type merge -p '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'`,
    );
    const draining = k.started('drain n2 --force --grace-period 0');
    await draining.said(/Cannot evict pod as it would violate the pod's disruption budget/);
    await draining.end();
    await k('delete pdb drained');
    expect(await k('drain n2 --force --timeout 60s')).toMatch(/node\/n2 drained/);
    expect(await k('get pods -o name --field-selector spec.nodeName=n2')).toBe('');
  }),
];
