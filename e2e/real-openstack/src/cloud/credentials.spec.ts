import { describe, expect, test } from '@jest/globals';
import type { CredentialNeed } from '@keelson/openstack-svc';
import { CredentialStore } from './credentials.js';

const user = (name: string, username: string, rotation: 'admin' | 'service'): CredentialNeed => ({
  sort: 'user',
  name,
  username,
  rotation,
});
const needs = [user('keystone-admin', 'admin', 'admin'), user('nova-database', 'nova', 'service')];
const namesIn = ({ view }: CredentialStore) => ({
  active: needs.map(({ name }) => view.user(name).username),
  upcoming: view.upcoming().map(({ username }) => username),
  former: view.former().map(({ username }) => username),
});

describe('credentials of the lane', () => {
  test('are rotated as those of a cloud: announced, exchanged, forgotten, and again', () => {
    const store = new CredentialStore();
    store.ensure(needs);
    expect(namesIn(store)).toEqual({ active: ['admin', 'nova'], upcoming: [], former: [] });
    store.announce(['admin', 'service']);
    expect(namesIn(store)).toEqual({ active: ['admin', 'nova'], upcoming: ['admin-r1', 'nova-r1'], former: [] });
    store.exchange();
    expect(namesIn(store)).toEqual({ active: ['admin-r1', 'nova-r1'], upcoming: [], former: ['admin', 'nova'] });
    store.forget(['admin', 'service']);
    expect(namesIn(store)).toEqual({ active: ['admin-r1', 'nova-r1'], upcoming: [], former: [] });
  });

  test('of another group stay, with their password', () => {
    const store = new CredentialStore();
    store.ensure(needs);
    const before = store.view.user('keystone-admin');
    store.announce(['service']);
    store.exchange();
    expect(namesIn(store)).toEqual({ active: ['admin', 'nova-r1'], upcoming: [], former: ['nova'] });
    expect(store.view.user('keystone-admin')).toEqual(before);
  });

  test('have certificates of the authority that is made before them', () => {
    const store = new CredentialStore();
    const dnsNames = ['*.openstack.svc'];
    store.ensure([
      { sort: 'certificate', name: 'ca', commonName: 'ca', dnsNames: [], isAuthority: true },
      { sort: 'certificate', name: 'proxy', commonName: 'proxy', dnsNames, issuer: 'ca', renewed: true },
    ]);
    const { authority } = store.view.certificate('proxy');
    expect(authority).toBe(store.view.certificate('ca').certificate);
  });
});
