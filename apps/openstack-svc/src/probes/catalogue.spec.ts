import { describe, expect, it } from '@jest/globals';
import { catalogueFaults, claimsIn } from './catalogue.js';

const secret = (key: string, text: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: { [key]: Buffer.from(text).toString('base64') },
});
const heat = {
  public: 'https://heat.example.org/v1/%(project_id)s',
  internal: 'http://heat-api:8004/v1/%(project_id)s',
  admin: 'http://heat-api:8004/v1/%(project_id)s',
};
const claim = { name: 'heat', type: 'orchestration', region: 'RegionOne', endpoints: heat };
const services = { services: [{ id: 's1', type: 'orchestration', name: 'heat' }] };
const endpoint = (one: keyof typeof heat, more: object = {}) => ({
  id: one,
  service_id: 's1',
  interface: one,
  region_id: 'RegionOne',
  url: heat[one],
  enabled: true,
  ...more,
});
const faults = (...endpoints: readonly object[]) => catalogueFaults([claim], services, { endpoints });

describe('the catalogue of a cloud', () => {
  it('is to be what the Jobs of its services were told to register', () => {
    const document = {
      url: 'http://keystone',
      region: 'RegionOne',
      services: [{ name: 'heat', type: 'orchestration', endpoints: heat }],
    };
    expect(claimsIn(secret('ks-endpoints.json', JSON.stringify(document)))).toEqual([claim]);
    const environment = [
      "OS_BOOTSTRAP_PASSWORD='secret'",
      "OS_BOOTSTRAP_SERVICE_NAME='keystone'",
      "OS_BOOTSTRAP_REGION_ID='RegionOne'",
      "OS_BOOTSTRAP_PUBLIC_URL='https://keystone.example.org/v3/'",
      "OS_BOOTSTRAP_INTERNAL_URL='http://keystone-api:5000/v3/'",
      "OS_BOOTSTRAP_ADMIN_URL='http://keystone-api:5000/v3/'",
    ].join('\n');
    expect(claimsIn(secret('bootstrap.env', environment))).toEqual([
      {
        name: 'keystone',
        type: 'identity',
        region: 'RegionOne',
        endpoints: {
          public: 'https://keystone.example.org/v3/',
          internal: 'http://keystone-api:5000/v3/',
          admin: 'http://keystone-api:5000/v3/',
        },
      },
    ]);
    expect(claimsIn(secret('ks-endpoints.json', '{'))).toEqual([]);
  });

  it('is well with the three endpoints of each service, however they are written', () => {
    expect(faults(endpoint('public'), endpoint('internal'), endpoint('admin'))).toEqual([]);
    const written = { url: 'https://heat.example.org/v1/$(project_id)s/' };
    expect(faults(endpoint('public', written), endpoint('internal'), endpoint('admin'))).toEqual([]);
  });

  it('names what is not there, not enabled, elsewhere or in another region', () => {
    expect(catalogueFaults([claim], { services: [] }, { endpoints: [] })).toEqual(['no service heat (orchestration)']);
    expect(faults(endpoint('internal'), endpoint('admin', { enabled: false }))).toEqual([
      'no public endpoint of heat',
      'no admin endpoint of heat',
    ]);
    const former = endpoint('public', { id: 'former', url: 'https://old.example.org' });
    expect(faults(endpoint('public'), former, endpoint('internal'), endpoint('admin'))).toEqual([
      'the public endpoint of heat is https://old.example.org instead of https://heat.example.org/v1/%(project_id)s',
    ]);
    const away = endpoint('public', { region_id: 'RegionTwo' });
    expect(faults(away, endpoint('internal'), endpoint('admin'))).toEqual(['no public endpoint of heat']);
  });

  it('says when it cannot be read', () => {
    expect(catalogueFaults([claim], undefined, { endpoints: [] })).toBeUndefined();
  });
});
