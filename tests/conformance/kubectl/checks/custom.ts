import { expect } from '@jest/globals';
import { type Check, check } from './check.js';
import { widget, widgets } from './objects.js';

export const custom: readonly Check[] = [
  check('scale', async (k) => {
    await k('apply -f -', widget('scaled'));
    expect(await k('scale widget scaled --replicas 3')).toBe('widget.example.com/scaled scaled\n');
    expect(await k('scale widget scaled --current-replicas 3 --replicas 4')).toBe('widget.example.com/scaled scaled\n');
    expect(await k('get widget scaled --subresource scale -o jsonpath={.spec.replicas}')).toBe('4');
  }),
  check('status', async (k) => {
    await k('apply -f -', widget('reported'));
    await k(
      `patch widget reported --subresource status --type merge -p '{"status":{"phase":"Ready"},"spec":{"size":"large"}}'`,
    );
    expect(await k('get widget reported --subresource status -o jsonpath={.status.phase}{.spec.size}')).toBe(
      'Readysmall',
    );
    expect(await k('get widget reported -o jsonpath={.metadata.generation}')).toBe('1');
  }),
  check('edit a status', async (k) => {
    await k('apply -f -', widget('revised'));
    await k(`patch widget revised --subresource status --type merge -p '{"status":{"phase":"before"}}'`);
    expect(await k('edit widget revised --subresource status')).toBe('widget.example.com/revised edited\n');
    expect(await k('get widget revised -o jsonpath={.status.phase}')).toBe('after');
  }),
  check('server-side apply', async (k) => {
    await k('apply --server-side -f -', widget('served', { size: 'small', replicas: 2 }));
    await k('apply --server-side -f -', widget('served', { size: 'small' }));
    expect(await k('get widget served -o jsonpath={.spec.replicas}')).toBe('1');
  }),
  check('finalizers keep an object', async (k) => {
    await k('apply -f -', { ...widget('final'), metadata: { name: 'final', finalizers: ['example.com/kept'] } });
    await k('delete widget final --wait=false');
    expect(await k('get widget final -o jsonpath={.metadata.deletionTimestamp}')).not.toBe('');
    await k(`patch widget final --type merge -p '{"metadata":{"finalizers":[]}}'`);
    expect((await k.attempt('get widget final')).code).toBe(1);
  }),
  check("Keelson's own kinds", async (k) => {
    await k('apply -f -', {
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'PublicKey',
      metadata: { name: 'mine' },
      spec: { publicKey: 'ssh-ed25519 AAAA me' },
    });
    expect(await k('get publickeys -o name')).toBe('publickey.kaas.mirantis.com/mine\n');
  }),
  check('a definition comes and goes', async (k) => {
    const text = JSON.stringify(widgets)
      .replaceAll('widget', 'gizmo')
      .replaceAll('Widget', 'Gizmo')
      .replace('"wd"', '"gz"');
    await k('create -f -', text);
    await k('wait crd/gizmos.example.com --for condition=Established --timeout 60s');
    await k('create -f -', { ...widget('one'), kind: 'Gizmo' });
    expect(await k('get gz -o name')).toBe('gizmo.example.com/one\n');
    await k('delete crd gizmos.example.com');
    expect((await k.attempt('get gizmos')).code).toBe(1);
  }),
  check('a namespace goes with what is in it', async (k) => {
    await k('create namespace leaving');
    await k('create configmap in-it -n leaving');
    expect(await k('delete namespace leaving')).toMatch(/namespace "leaving" deleted/);
    expect((await k.attempt('get configmap in-it -n leaving')).code).toBe(1);
  }),
];
